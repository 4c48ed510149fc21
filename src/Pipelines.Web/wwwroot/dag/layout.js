// Where the tasks of a graph stand: layers from left to right, by dagre, the members of a group side by side.
import * as dagre from './dagre.js';

export const box = { width: 208, height: 54 };
const groupPadding = { side: 12, top: 26, bottom: 12 };

/** Places for nodes (by task), edges as paths of an SVG, boxes around groups, and how large all of it is. */
export function layOut(tasks, upstream, groups) {
  const graph = new dagre.Graph({ compound: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 30, ranksep: 64, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  tasks.forEach((id, task) => graph.setNode(`${task}`, { ...box }));
  for (const group of groups) graph.setNode(group.key, {});
  for (const group of groups) for (const child of group.children) graph.setParent(child.group ? child.key : `${child.task}`, group.key);
  upstream.forEach((before, task) => before.forEach(other => graph.setEdge(`${other}`, `${task}`)));
  dagre.layout(graph);
  const nodes = tasks.map((id, task) => { const { x, y } = graph.node(`${task}`); return { x: x - box.width / 2, y: y - box.height / 2 }; });
  const boxes = groups.map(group => around(group, nodes));
  return { nodes, boxes, edges: graph.edges().map(edge => edgeOf(graph, edge, nodes)), ...extent(nodes, boxes) };
}

// An edge leaves a task at the right, bends in curves, and comes in at the left.
function pathOf([first, ...rest]) {
  let from = first;
  const curves = rest.map(to => {
    const middle = (from.x + to.x) / 2;
    const curve = `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
    from = to;
    return curve;
  });
  return `M${first.x},${first.y} ${curves.join(' ')}`;
}

function edgeOf(graph, edge, nodes) {
  const [from, to] = [Number(edge.v), Number(edge.w)];
  const bends = graph.edge(edge).points.slice(1, -1).filter(point => point.x > nodes[from].x + box.width && point.x < nodes[to].x);
  const ends = [{ x: nodes[from].x + box.width, y: nodes[from].y + box.height / 2 }, { x: nodes[to].x, y: nodes[to].y + box.height / 2 }];
  return { from, to, path: pathOf([ends[0], ...(bends.length > 1 ? bends : []), ends[1]]) };
}

function around(group, nodes) {
  const members = group.tasks.map(task => nodes[task]);
  // A box around a group leaves room for those of the groups in it.
  const inner = height(group) * 8;
  const names = height(group) * 18;
  const left = Math.min(...members.map(node => node.x)) - groupPadding.side - inner;
  const top = Math.min(...members.map(node => node.y)) - groupPadding.top - names;
  const right = Math.max(...members.map(node => node.x)) + box.width + groupPadding.side + inner;
  const bottom = Math.max(...members.map(node => node.y)) + box.height + groupPadding.bottom + inner;
  return { group, x: left, y: top, width: right - left, height: bottom - top };
}

const height = group => Math.max(-1, ...group.children.filter(child => child.group).map(height)) + 1;

function extent(nodes, boxes) {
  const parts = [...nodes.map(node => ({ ...node, ...box })), ...boxes];
  const [left, top] = [Math.min(0, ...parts.map(part => part.x)), Math.min(0, ...parts.map(part => part.y))];
  return { left, top, width: Math.max(1, ...parts.map(part => part.x + part.width)) - left + 24, height: Math.max(1, ...parts.map(part => part.y + part.height)) - top + 24 };
}
