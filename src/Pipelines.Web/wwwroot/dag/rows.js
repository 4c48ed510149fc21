// Rows of the grid: tasks in the order of the DAG, gathered in groups by the dots in their names, as Airflow's task groups name them.

/** Every row, closed groups or not: { key, label, depth, task } or { key, label, depth, group: true, tasks: [places] }. */
export function treeOf(tasks) {
  const root = { children: [], groups: new Map() };
  tasks.forEach((id, task) => {
    const path = id.split('.');
    let parent = root;
    for (let depth = 0; depth < path.length - 1; depth += 1) parent = groupIn(parent, path, depth);
    parent.children.push({ key: `task ${id}`, label: path[path.length - 1] || id, id, depth: path.length - 1, task });
  });
  return root.children.map(simplify);
}

/** The rows that are shown while these groups are closed. */
export function visibleRows(tree, closed) {
  const rows = [];
  const show = node => {
    rows.push(node);
    if (node.group && !closed.has(node.key)) node.children.forEach(show);
  };
  tree.forEach(show);
  return rows;
}

/** All groups, the outer ones first. */
export const groupsOf = tree => tree.filter(node => node.group).flatMap(node => [node, ...groupsOf(node.children)]);

function groupIn(parent, path, depth) {
  const id = path.slice(0, depth + 1).join('.');
  let group = parent.groups.get(id);
  if (!group) {
    group = { key: `group ${id}`, label: path[depth] || '.', id, depth, group: true, children: [], groups: new Map() };
    parent.groups.set(id, group);
    parent.children.push(group);
  }
  return group;
}

// A dot in the name of one task alone makes no group.
function simplify(node) {
  if (!node.group) return node;
  node.children = node.children.map(simplify);
  node.tasks = node.children.flatMap(child => child.group ? child.tasks : [child.task]);
  if (node.tasks.length > 1) return node;
  const [only] = node.children;
  return { ...only, label: `${node.label}.${only.label}`, depth: node.depth };
}
