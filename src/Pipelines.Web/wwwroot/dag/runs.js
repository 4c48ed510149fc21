// The server's columns (Grid/GridJson.cs) as objects. A run's `cells` has a letter per task: 'a' plus the place in `states`, '-' for none.

/** The answer of the grid's route. */
export function readWhole(json) {
  const data = {
    hash: json.hash,
    isStale: json.is_stale,
    problem: json.problem ?? null,
    states: json.states.map(([name, sign]) => ({ name, sign })),
    tasks: json.tasks,
    activities: json.activities ?? [],
    upstream: json.upstream ?? [],
    groups: json.groups ?? [],
    within: json.within ?? [],
  };
  data.runs = readColumns(json.runs, data.states);
  return data;
}

/** Whether a DAG, as the server tells it, is another than the one that was read: it may only have been paused, or a draft saved. */
export const isOther = (data, head) => !data || data.hash !== head.hash || data.isStale !== head.is_stale;

/** Puts changed runs where they belong. `moved`: runs or tasks came or went; else `changed` lists the runs that look different now. */
export function readRuns(data, part, filter) {
  const before = data.tasks.length;
  const places = part.tasks.map(task => placeOf(data, task));
  const changed = [];
  let moved = data.tasks.length > before;
  for (const run of readColumns(part.runs, data.states)) {
    place(run, places, data.tasks.length);
    const at = data.runs.findIndex(known => known.id === run.id);
    if (!fits(run, filter)) {
      if (at >= 0) { data.runs.splice(at, 1); moved = true; }
    } else if (at >= 0) {
      data.runs[at] = run;
      changed.push(run);
    } else if (!filter.before) {
      moved = add(data, run, filter.limit) || moved;
    }
  }
  return { changed, moved };
}

/** Takes deleted runs out; tells as readRuns() does. */
export function dropRuns(data, gone) {
  const before = data.runs.length;
  data.runs = data.runs.filter(run => !gone.includes(run.id));
  return { changed: [], moved: data.runs.length < before };
}

/** The state of a cell: its place in `states`, or -1. */
export const stateAt = (run, task) => task < run.cells.length ? run.cells.charCodeAt(task) - 97 : -52;

/** How long a cell took so far, in milliseconds; null when it has not begun. */
export function lengthAt(run, task, now = Date.now()) {
  const length = run.lengths[task] ?? 0;
  return length === 0 ? null : length > 0 ? length * 100 : Math.max(0, now + length * 1000);
}

/** How long a run took so far, in milliseconds; null when it has not begun. */
export const lengthOf = (run, now = Date.now()) => run.start === null ? null : Math.max(0, (run.end ?? now) - run.start);

function readColumns(runs, states) {
  return runs.id.map((id, i) => ({
    id,
    runId: runs.run_id[i],
    type: runs.type[i],
    state: states[runs.state.charCodeAt(i) - 97].name,
    stateIndex: runs.state.charCodeAt(i) - 97,
    date: runs.date[i],
    after: runs.after[i],
    start: runs.start[i],
    end: runs.end[i],
    cells: runs.cells[i],
    lengths: runs.lengths[i],
  }));
}

function placeOf(data, task) {
  const known = data.tasks.indexOf(task);
  return known >= 0 ? known : data.tasks.push(task) - 1;
}

function place(run, places, count) {
  const cells = new Array(count).fill('-');
  const lengths = new Array(count).fill(0);
  places.forEach((to, from) => [cells[to], lengths[to]] = [run.cells[from], run.lengths[from]]);
  [run.cells, run.lengths] = [cells.join(''), lengths];
}

function fits(run, filter) {
  return (!filter.state || run.state === filter.state) && (!filter.type || run.type === filter.type) && (!filter.run || run.runId === filter.run);
}

// The server's order of the newest: whether a run was made today or is of today are two things, as a backfill makes runs of old days.
function add(data, run, limit) {
  data.runs.push(run);
  data.runs.sort((one, other) => one.after - other.after || one.id - other.id);
  return data.runs.length <= limit || data.runs.shift() !== run;
}
