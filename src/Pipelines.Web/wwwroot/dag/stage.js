// The elements that the grid stands on: toolbar, canvas in a scrolled frame, the link under the pointer, the tip, words for who listens.
import { make, Notes } from './make.js';

const help = 'Arrow keys move over tasks and runs, Home and End go to the first and the last run, Enter opens a task or a run and opens or closes a group, '
  + 'the space bar selects the run. The link "As a table" shows the same as a table.';

export class Stage {
  constructor(host) {
    this.canvas = make('canvas', { tabindex: '0', role: 'application', 'aria-roledescription': 'grid', 'aria-label': 'Grid of runs and tasks', 'aria-describedby': 'dag-grid-help' });
    this.link = make('a', { class: 'drawing-link', tabindex: '-1', hidden: '' });
    this.tip = make('div', { class: 'drawing-tip', role: 'tooltip', hidden: '' });
    this.layer = make('div', { class: 'drawing-layer' }, this.link, this.tip);
    this.extent = make('div', { class: 'drawing-extent' }, this.layer, this.canvas);
    this.scroller = make('div', { class: 'drawing-frame', tabindex: '-1', hidden: '' }, this.extent);
    this.heard = make('p', { class: 'only-read', role: 'status' });
    this.empty = make('div', { class: 'empty', hidden: '' });
    this.older = make('a', { class: 'button slim', hidden: '' }, 'Older runs');
    this.groups = ['Close groups', 'Open groups'].map(words => make('button', { type: 'button', class: 'button slim', hidden: '' }, words));
    this.notes = new Notes();
    const bar = make('div', { class: 'drawing-bar' }, this.older, ...this.groups, this.notes.live);
    host.replaceChildren(this.notes.part, bar, this.empty, make('p', { class: 'only-read', id: 'dag-grid-help' }, help), this.heard, this.scroller);
  }

  /** Words for who listens. */
  speak(words) { this.heard.textContent = words; }

  /** How the connection is. */
  say(status) { this.notes.say(status); }

  /** Calls `chosen(true)` to close all groups, `chosen(false)` to open them. */
  onGroups(chosen) {
    this.groups.forEach((button, index) => button.addEventListener('click', () => chosen(index === 0)));
  }

  /** The drawing's full size, and how high its frame is. */
  size(full, tall, height) {
    [this.extent.style.width, this.extent.style.height, this.scroller.style.height] = [`${full}px`, `${tall}px`, `${height + 14}px`];
  }

  /** Makes the canvas as large as the frame shows; returns its size in CSS pixels. */
  fit(ratio) {
    const { canvas, extent, scroller } = this;
    const [width, height] = [Math.min(scroller.clientWidth, extent.offsetWidth), Math.min(scroller.clientHeight, extent.offsetHeight)];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    return [width, height];
  }

  /** What stands beside the drawing: no runs, no filter that fits, a way to older runs. */
  tell(data, filter, attribute) {
    const some = data.runs.length > 0;
    [this.scroller.hidden, this.empty.hidden] = [!some, some];
    if (!some) this.empty.replaceChildren(...emptyWords(data, filter, attribute('all')));
    this.older.hidden = data.runs.length < filter.limit;
    this.older.href = `${attribute('here')}&before=${data.runs[0]?.id}`;
    for (const button of this.groups) button.hidden = !some || !data.groups.length && !data.tasks.some(task => task.includes('.'));
    this.notes.tell(data.problem);
  }
}

function emptyWords(data, filter, all) {
  if (filter.state || filter.type || filter.before) return [make('p', {}, 'No run fits the filter.'), make('p', {}, make('a', { href: all }, 'Show the newest runs'))];
  return [make('p', {}, make('strong', {}, 'No run yet.')), make('p', {}, data.isStale ? 'The DAG\'s file is gone, so it runs no more.' : 'Trigger one, or wait for the schedule.')];
}
