// Rows of the grid: tasks in the order of the DAG, gathered in the groups that its file draws, and else by the dots in their names, as
// Airflow's task groups name them.

/** Every row, closed groups or not: { key, label, depth, task } or { key, label, depth, group: true, tasks: [places], drawn }. */
export function treeOf({ tasks, groups, within }) {
  const root = { children: [], groups: new Map() };
  tasks.forEach((id, task) => {
    const drawn = within[task] ?? -1;
    const path = id.split('.');
    let parent = root;
    if (drawn >= 0) parent = drawnIn(root, groups, drawn);
    else for (let depth = 0; depth < path.length - 1; depth += 1) parent = groupIn(parent, path, depth);
    const depth = drawn >= 0 ? parent.depth + 1 : path.length - 1;
    parent.children.push({ key: `task ${id}`, label: drawn >= 0 ? without(id, groups[drawn].id) : path[path.length - 1] || id, id, depth, task });
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

function drawnIn(root, groups, place) {
  const { id, name, parent, tooltip, color, fgcolor } = groups[place];
  const around = parent >= 0 ? drawnIn(root, groups, parent) : root;
  const depth = parent >= 0 ? around.depth + 1 : 0;
  return added(around, { id, label: name || (parent >= 0 ? without(id, groups[parent].id) : id), depth, drawn: { tooltip, color, fgcolor } });
}

const without = (id, group) => id.startsWith(`${group}.`) ? id.slice(group.length + 1) : id;

function groupIn(parent, path, depth) {
  const id = path.slice(0, depth + 1).join('.');
  return added(parent, { id, label: path[depth] || '.', depth, drawn: null });
}

function added(parent, { id, ...rest }) {
  let group = parent.groups.get(id);
  if (!group) {
    group = { key: `group ${id}`, id, ...rest, group: true, children: [], groups: new Map() };
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
  if (node.drawn || node.tasks.length > 1) return node;
  const [only] = node.children;
  return { ...only, label: `${node.label}.${only.label}`, depth: node.depth };
}
