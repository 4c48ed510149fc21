// The elements that the grid stands on: toolbar, canvas in a scrolled frame, the link under the pointer, the tip, words for who listens.
import { liveWords, make, wayOut } from './make.js';

const help = 'Arrow keys move over tasks and runs, Home and End go to the first and the last run, Enter opens a task or a run and opens or closes a group, '
  + 'the space bar selects the run. The link "As a table" shows the same as a table.';

/** Builds the stage into a host. */
export function stageIn(host, name) {
  const canvas = make('canvas', { tabindex: '0', role: 'application', 'aria-roledescription': 'grid', 'aria-label': name, 'aria-describedby': 'dag-grid-help' });
  const link = make('a', { class: 'drawing-link', tabindex: '-1', hidden: '' });
  const tip = make('div', { class: 'drawing-tip', role: 'tooltip', hidden: '' });
  const layer = make('div', { class: 'drawing-layer' }, link, tip);
  const extent = make('div', { class: 'drawing-extent' }, layer, canvas);
  const scroller = make('div', { class: 'drawing-frame', tabindex: '-1' }, extent);
  const heard = make('p', { class: 'only-read', role: 'status' });
  const banner = make('div', { role: 'alert' });
  const problem = make('p', { class: 'notice', role: 'alert', hidden: '' });
  const state = make('span', { class: 'drawing-state muted small', 'data-testid': 'live' });
  const older = make('a', { class: 'button slim', hidden: '' }, 'Older runs');
  const groups = [true, false].map(all => make('button', { type: 'button', class: 'button slim', hidden: '' }, all ? 'Close all groups' : 'Open all groups'));
  const bar = make('div', { class: 'drawing-bar' }, older, ...groups, state);
  const note = make('div', { class: 'empty', hidden: '' });
  host.replaceChildren(banner, problem, bar, note, make('p', { class: 'only-read', id: 'dag-grid-help' }, help), heard, scroller);
  scroller.hidden = true;

  return {
    canvas, link, tip, layer, scroller,
    room: () => host.clientWidth,
    speak: words => { heard.textContent = words; },
    onGroups: chosen => groups.forEach((button, index) => button.addEventListener('click', () => chosen(index === 0))),

    /** The drawing's full size, and how high its frame is. */
    size(full, tall, height) {
      [extent.style.width, extent.style.height, scroller.style.height] = [`${full}px`, `${tall}px`, `${height + 14}px`];
    },

    /** Makes the canvas as large as the frame shows; returns its size in CSS pixels. */
    fit(ratio) {
      const [width, height] = [Math.min(scroller.clientWidth, extent.offsetWidth), Math.min(scroller.clientHeight, extent.offsetHeight)];
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      return [width, height];
    },

    /** What stands beside the drawing: no runs, no filter that fits, a way to older runs. */
    tell(data, { filter }, attribute) {
      const some = data.runs.length > 0;
      [scroller.hidden, note.hidden] = [!some, some];
      const filtered = filter.state || filter.type || filter.before;
      if (!some) note.replaceChildren(...emptyWords(data, filtered, attribute('all')));
      older.hidden = data.runs.length < filter.limit || attribute('here') === null;
      older.href = `${attribute('here')}&before=${Math.min(...data.runs.map(run => run.id))}`;
      groups.forEach(button => { button.hidden = !some || !data.tasks.some(task => task.includes('.')); });
      [problem.hidden, problem.textContent] = [!data.problem, data.problem ?? ''];
    },

    /** Says how the connection is. */
    say({ kind, words }) {
      state.textContent = liveWords(kind);
      state.dataset.kind = kind;
      const trouble = kind === 'live' || kind === 'loading' ? [] : [make('p', { class: kind === 'lost' ? 'notice' : 'problem' }, words, ' ', ...wayOut(kind))];
      banner.replaceChildren(...trouble);
    },
  };
}

function emptyWords(data, filtered, all) {
  if (filtered) return [make('p', {}, 'No run fits the filter.'), make('p', {}, make('a', { href: all }, 'Show the newest runs'))];
  return [make('p', {}, make('strong', {}, 'No run yet.')), make('p', {}, data.isStale ? 'The DAG\'s file is gone, so it runs no more.' : 'Trigger one, or wait for the schedule.')];
}
