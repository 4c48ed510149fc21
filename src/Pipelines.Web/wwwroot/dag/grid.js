// The grid of a DAG: runs as columns, the newest at the right, tasks as rows. A canvas, since 18,250 cells are too many for a document.
import { feedOf } from './feed.js';
import { columnAt, head, headHeight, paint, pitch, rowAt, shownState, widestName } from './paint.js';
import { onTheme, paletteOf } from './palette.js';
import { groupsOf, treeOf, visibleRows } from './rows.js';
import { lengthOf } from './runs.js';
import { stageIn } from './stage.js';
import { spotWords } from './spot.js';
import { closedGroups } from './closed.js';
import { guide } from './guide.js';

const tallest = () => Math.max(240, Math.round(innerHeight * 0.72));

/** Draws into a host. Of the result, close() ends it and again() shows it after the host was moved or another run was selected. */
export function draw(host, attribute) {
  const page = attribute('page');
  const feed = feedOf(attribute('source'), attribute('events'));
  const stage = stageIn(host, 'Grid of runs and tasks');
  const closed = closedGroups(page);
  const view = { context: stage.canvas.getContext('2d'), runs: [], rows: [], names: 0, left: 0, top: 0, width: 0, height: 0, longest: 1, spot: null,
    selected: attribute('run'), closed, states: [] };
  let [tree, asked, atEnd] = [[], 0, true];

  const links = {
    run: run => `${page}/runs/${encodeURIComponent(run.runId)}`,
    task: (run, row) => `${links.run(run)}/tasks/${encodeURIComponent(row.id)}`,
    select: run => `${attribute('here')}${run.runId === view.selected ? '' : `&run=${encodeURIComponent(run.runId)}`}`,
  };

  function show() {
    const { data } = feed;
    if (!data) return;
    tree = treeOf(data.tasks);
    [view.runs, view.states] = [data.runs, data.states];
    view.palette ??= paletteOf(host, data.states);
    stage.tell(data, feed, attribute);
    layOut();
  }

  function layOut() {
    if (!view.palette) return;
    view.rows = visibleRows(tree, closed);
    view.longest = Math.max(1, ...view.runs.map(run => lengthOf(run) ?? 0));
    const room = stage.room();
    view.names = Math.round(Math.min(widestName(view.context, view.palette, view.rows), Math.min(280, Math.max(110, room * 0.32))));
    const [full, tall] = [view.names + view.runs.length * pitch + 4, headHeight + view.rows.length * pitch + 4];
    stage.size(full, tall, Math.min(tall, tallest()));
    if (atEnd) stage.scroller.scrollLeft = full;
    [view.width, view.height] = stage.fit(view.palette.ratio);
    repaint();
  }

  function repaint() {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => {
      [view.left, view.top] = [stage.scroller.scrollLeft, stage.scroller.scrollTop];
      if (view.palette && view.width > 0) paint(view);
    });
  }

  // A changed run is drawn in the frame of its message, alone.
  function repaintRuns(changed) {
    view.runs = feed.data.runs;
    const longest = Math.max(1, ...view.runs.map(run => lengthOf(run) ?? 0));
    if (longest !== view.longest) { view.longest = longest; repaint(); }
    else for (const run of changed) { const column = view.runs.indexOf(run); paint(view, column, column, false); }
    guiding.refresh();
  }

  function toggle(row) {
    if (!closed.delete(row.key)) closed.add(row.key);
    closed.keep();
    layOut();
  }

  function reveal({ row, column }) {
    const { scroller } = stage;
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

  const guiding = guide(stage, view, {
    repaint, reveal, toggle,
    href: spot => hrefOf(view, links, spot),
    words: spot => spotWords(view, spot),
    box: spot => ({ x: spot.column < 0 ? 0 : columnAt(view, spot.column), y: spot.row < 0 ? (spot.bar ? head.days : head.days + head.bars) : rowAt(view, spot.row),
      width: spot.column < 0 ? view.names - 4 : pitch, height: spot.bar ? head.bars : pitch }),
    select: run => Object.assign(document.createElement('a'), { href: links.select(run) }),
  });

  stage.onGroups(all => {
    closed.clear();
    if (all) groupsOf(tree).forEach(group => closed.add(group.key));
    closed.keep();
    layOut();
  });
  const resized = new ResizeObserver(layOut);
  resized.observe(host);
  const scrolled = () => {
    if (!host.isConnected) return;
    atEnd = stage.scroller.scrollLeft + stage.scroller.clientWidth >= stage.scroller.scrollWidth - 4;
    repaint();
    guiding.leave();
  };
  stage.scroller.addEventListener('scroll', scrolled, { passive: true });
  const themed = onTheme(() => { if (feed.data) { view.palette = paletteOf(host, feed.data.states); repaint(); } });
  const status = () => stage.say(feed.status);
  const runs = event => repaintRuns(event.detail);
  feed.addEventListener('data', show);
  feed.addEventListener('runs', runs);
  feed.addEventListener('status', status);
  status();
  show();
  return {
    again() {
      view.selected = attribute('run');
      [stage.scroller.scrollLeft, stage.scroller.scrollTop] = [view.left, view.top];
      if (view.spot) stage.canvas.focus({ preventScroll: true });
      repaint();
    },
    close() {
      cancelAnimationFrame(asked);
      resized.disconnect();
      themed();
      feed.removeEventListener('data', show);
      feed.removeEventListener('runs', runs);
      feed.removeEventListener('status', status);
      feed.release();
    },
  };
}

function hrefOf(view, links, { row, column, bar }) {
  const run = view.runs[column];
  if (!run) return null;
  if (row < 0) return bar ? links.run(run) : links.select(run);
  return view.rows[row].group || shownState(run, view.rows[row]) < 0 ? null : links.task(run, view.rows[row]);
}
