// What a place of the grid means, in words: for the tip beside the mouse and for who listens.
import { shownState } from './paint.js';
import { lengthAt, lengthOf } from './runs.js';
import { dateWords, lengthWords, stateWords } from './words.js';

/** Lines of words; the first says what it is. */
export function spotWords(view, { row, column, bar }) {
  const run = view.runs[column];
  const line = view.rows[row];
  if (!run) return line?.group ? [`Group ${line.id}, ${line.tasks.length} tasks, ${view.closed.has(line.key) ? 'closed' : 'open'}`, ...(line.drawn?.tooltip ? [line.drawn.tooltip] : [])] : line ? [`Task ${line.id}`] : [];
  const ofRun = [`Run ${run.runId}`, ...(run.date === null ? [] : [`Logical date ${dateWords(run.date)}`])];
  if (!line) {
    const length = lengthOf(run);
    const use = bar ? [] : [run.runId === view.selected ? 'Selected' : 'Select it to see it in the graph'];
    return [...ofRun, `${stateWords(run.state)}, ${run.type}${length === null ? '' : `, ${lengthWords(length)}`}`, ...use];
  }
  const state = shownState(run, line);
  if (state < 0) return [line.id, 'not in this run', ...ofRun];
  const name = stateWords(view.states[state].name);
  if (line.group) return [`Group ${line.id}`, countWords(view, run, line), ...ofRun];
  const length = lengthAt(run, line.task);
  return [line.id, `${name}${length === null ? '' : `, ${lengthWords(length)}`}`, ...ofRun];
}

// Such as: 1 failed, 4 success.
function countWords(view, run, group) {
  const counts = new Map();
  for (const task of group.tasks) {
    const state = shownState(run, { task });
    if (state >= 0) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => one - other).map(([state, count]) => `${count} ${stateWords(view.states[state].name)}`).join(', ');
}
