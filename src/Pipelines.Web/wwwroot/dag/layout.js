// Where the tasks of a graph stand: layers from left to right, by dagre. A group is laid out by itself and then stands among its
// siblings as one large node, so that its box never holds what is not in it, and 200 tasks are quick.
import * as dagre from './dagre.js';

export const box = { width: 208, height: 54 };
const padding = { side: 14, top: 30, bottom: 14 };
const spacing = { rankdir: 'LR', nodesep: 30, ranksep: 64 };

/** Places for nodes (by task), edges as paths of an SVG, boxes around groups, and how large all of it is. */
export function layOut(upstream, tree) {
  const edges = upstream.flatMap((before, to) => before.map(from => ({ from, to })));
  const level = levelOf(tree, edges);
  const plan = { nodes: [], boxes: [], edges: [], width: level.width + 48, height: level.height + 48 };
  place(level, 24, 24, plan);
  plan.edges = edges.map(({ from, to }) => ({ from, to, path: pathOf(plan.nodes[from], bendsOf(level, from, to), plan.nodes[to]) }));
  return plan;
}

// Siblings of one group, or those of none. `parts` has a place per sibling; `at` says in which of them a task is.
function levelOf(siblings, edges) {
  const parts = siblings.map(row => ({ row, inner: row.group ? levelOf(row.children, edges) : null }));
  const at = new Map(parts.flatMap(({ row }, index) => (row.group ? row.tasks : [row.task]).map(task => [task, index])));
  const graph = new dagre.Graph();
  graph.setGraph({ ...spacing });
  parts.forEach(({ inner }, index) => graph.setNode(`${index}`, inner
    ? { width: inner.width + 2 * padding.side, height: inner.height + padding.top + padding.bottom } : { ...box }));
  for (const { from, to } of edges) {
    const [one, other] = [at.get(from), at.get(to)];
    if (one !== undefined && other !== undefined && one !== other) graph.setEdge(`${one}`, `${other}`, {});
  }
  dagre.layout(graph);
  parts.forEach((part, index) => {
    const { x, y, width, height } = graph.node(`${index}`);
    Object.assign(part, { x: x - width / 2, y: y - height / 2, width, height });
  });
  const { width, height } = graph.graph();
  return { parts, at, graph, width, height, x: 0, y: 0 };
}

function place(level, x, y, plan) {
  [level.x, level.y] = [x, y];
  for (const part of level.parts) {
    const [left, top] = [x + part.x, y + part.y];
    if (part.row.group) {
      plan.boxes.push({ group: part.row, x: left, y: top, width: part.width, height: part.height });
      place(part.inner, left + padding.side, top + padding.top, plan);
    } else {
      plan.nodes[part.row.task] = { x: left, y: top, label: part.row.label };
    }
  }
}

// An edge bends where dagre led it around others, on the level on which its ends part.
function bendsOf(level, from, to) {
  const [one, other] = [level.at.get(from), level.at.get(to)];
  if (one === other) return bendsOf(level.parts[one].inner, from, to);
  const [left, right] = [level.parts[one].x + level.parts[one].width, level.parts[other].x];
  const bends = level.graph.edge(`${one}`, `${other}`).points.slice(1, -1).filter(point => point.x > left && point.x < right);
  return bends.length > 1 ? bends.map(point => ({ x: point.x + level.x, y: point.y + level.y })) : [];
}

// An edge leaves a task at the right, goes in curves, and comes in at the left.
function pathOf(source, bends, target) {
  let from = { x: source.x + box.width, y: source.y + box.height / 2 };
  const begin = `M${from.x},${from.y}`;
  return [...bends, { x: target.x, y: target.y + box.height / 2 }].reduce((path, to) => {
    const middle = (from.x + to.x) / 2;
    const curve = `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
    from = to;
    return `${path} ${curve}`;
  }, begin);
}
