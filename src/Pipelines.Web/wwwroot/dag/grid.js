// The grid of a DAG: runs as columns, the newest at the right, tasks as rows. A canvas, since 18,250 cells are too many for a document.
import { closedGroups } from './closed.js';
import { feedOf } from './feed.js';
import { Guide } from './guide.js';
import { columnAt, head, headHeight, paint, pitch, rowAt, shownState, widestName } from './paint.js';
import { onTheme, paletteOf } from './palette.js';
import { groupsOf, treeOf, visibleRows } from './rows.js';
import { lengthOf } from './runs.js';
import { spotWords } from './spot.js';
import { Stage } from './stage.js';

/** Draws into a host. Of the result, close() ends it and again() shows it after the host was moved or another run was selected. */
export const draw = (host, attribute) => new Grid(host, attribute);

class Grid {
  #tree = [];
  #asked = 0;
  #atEnd = true;

  constructor(host, attribute) {
    [this.host, this.attribute, this.page] = [host, attribute, attribute('page')];
    this.feed = feedOf(attribute('source'), attribute('events'));
    this.stage = new Stage(host);
    this.view = {
      context: this.stage.canvas.getContext('2d'), palette: null, runs: [], rows: [], states: [], closed: closedGroups(this.page), selected: attribute('run'),
      names: 0, left: 0, top: 0, width: 0, height: 0, longest: 1, spot: null,
    };
    this.guide = new Guide(this.stage, this.view, this);
    this.#listen();
    this.stage.say(this.feed.status);
    this.#show();
  }

  again() {
    const { stage, view } = this;
    view.selected = this.attribute('run');
    [stage.scroller.scrollLeft, stage.scroller.scrollTop] = [view.left, view.top];
    if (view.spot) stage.canvas.focus({ preventScroll: true });
    this.repaint();
  }

  close() {
    cancelAnimationFrame(this.#asked);
    this.ended.abort();
    this.resized.disconnect();
    this.themed();
    this.feed.release();
  }

  repaint() {
    const { stage, view } = this;
    cancelAnimationFrame(this.#asked);
    this.#asked = requestAnimationFrame(() => {
      [view.left, view.top] = [stage.scroller.scrollLeft, stage.scroller.scrollTop];
      if (view.palette && view.width > 0) paint(view);
    });
  }

  toggle(row) {
    const { closed } = this.view;
    if (!closed.delete(row.key)) closed.add(row.key);
    closed.keep();
    this.#layOut();
  }

  /** Scrolls a place into sight. */
  reveal({ row, column }) {
    const [{ scroller }, view] = [this.stage, this.view];
    if (column >= 0) {
      const x = columnAt({ ...view, left: scroller.scrollLeft }, column);
      if (x < view.names) scroller.scrollLeft -= view.names - x;
      else if (x + pitch > view.width) scroller.scrollLeft += x + pitch - view.width;
    }
    if (row >= 0) {
      const y = rowAt({ ...view, top: scroller.scrollTop }, row);
      if (y < headHeight) scroller.scrollTop -= headHeight - y;
      else if (y + pitch > view.height) scroller.scrollTop += y + pitch - view.height;
    }
    [view.left, view.top] = [scroller.scrollLeft, scroller.scrollTop];
  }

  words(spot) { return spotWords(this.view, spot); }

  /** Where a place leads; null: nowhere. */
  href({ row, column, bar }) {
    const [run, line] = [this.view.runs[column], this.view.rows[row]];
    if (!run) return null;
    if (row < 0) return bar ? this.#runHref(run) : this.selectHref(run);
    return line.group || shownState(run, line) < 0 ? null : `${this.#runHref(run)}/tasks/${encodeURIComponent(line.id)}`;
  }

  /** Selects a run, or none when it is selected already. */
  selectHref(run) { return this.attribute('here') + (run.runId === this.view.selected ? '' : `&run=${encodeURIComponent(run.runId)}`); }

  /** The rectangle of a place on the canvas. */
  box({ row, column, bar }) {
    const { view } = this;
    const y = row >= 0 ? rowAt(view, row) : bar ? head.days : head.days + head.bars;
    return { x: column < 0 ? 0 : columnAt(view, column), y, width: column < 0 ? view.names - 4 : pitch, height: bar ? head.bars : pitch };
  }

  #runHref(run) { return `${this.page}/runs/${encodeURIComponent(run.runId)}`; }

  #listen() {
    const { feed, host, stage } = this;
    this.ended = new AbortController();
    const until = { signal: this.ended.signal };
    feed.addEventListener('data', () => this.#show(), until);
    feed.addEventListener('runs', event => this.#showRuns(event.detail), until);
    feed.addEventListener('status', () => stage.say(feed.status), until);
    stage.scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    stage.onGroups(all => this.#closeGroups(all));
    this.resized = new ResizeObserver(() => this.#layOut());
    this.resized.observe(host);
    this.themed = onTheme(() => this.#recolour());
  }

  #show() {
    const [{ data }, { view }] = [this.feed, this];
    if (!data) return;
    this.#tree = treeOf(data);
    [view.runs, view.states] = [data.runs, data.states];
    view.palette ??= paletteOf(this.host, data.states);
    this.stage.tell(data, this.feed.filter, this.attribute);
    this.#layOut();
  }

  // A changed run is drawn in the frame of its message, alone.
  #showRuns(changed) {
    const { view } = this;
    view.runs = this.feed.data.runs;
    const longest = this.#longest();
    if (longest !== view.longest) this.repaint();
    else for (const run of changed) { const column = view.runs.indexOf(run); paint(view, column, column, false); }
    view.longest = longest;
    this.guide.refresh();
  }

  #layOut() {
    const { stage, view } = this;
    if (!view.palette) return;
    view.rows = visibleRows(this.#tree, view.closed);
    view.longest = this.#longest();
    const room = this.host.clientWidth;
    view.names = Math.ceil(Math.min(widestName(view.context, view.palette, view.rows), 280, Math.max(110, room * 0.32)));
    const [full, tall] = [view.names + view.runs.length * pitch + 4, headHeight + view.rows.length * pitch + 4];
    stage.size(full, tall, Math.min(tall, Math.max(240, Math.round(innerHeight * 0.72))));
    if (this.#atEnd) stage.scroller.scrollLeft = full;
    [view.width, view.height] = stage.fit(view.palette.ratio);
    this.repaint();
  }

  #longest() { return Math.max(1, ...this.view.runs.map(run => lengthOf(run) ?? 0)); }

  #closeGroups(all) {
    const { closed } = this.view;
    closed.clear();
    if (all) groupsOf(this.#tree).forEach(group => closed.add(group.key));
    closed.keep();
    this.#layOut();
  }

  #scrolled() {
    const { scroller } = this.stage;
    if (!this.host.isConnected) return;
    this.#atEnd = scroller.scrollLeft + scroller.clientWidth >= scroller.scrollWidth - 4;
    this.repaint();
    this.guide.leave();
  }

  #recolour() {
    if (!this.feed.data) return;
    this.view.palette = paletteOf(this.host, this.feed.data.states);
    this.repaint();
  }
}
