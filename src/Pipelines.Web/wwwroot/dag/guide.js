// Leads mouse, finger and keys over the grid. A real link lies under the pointer, so that every way to open a link works.
import { head, headHeight, pitch } from './paint.js';

/** Follows the pointer and the keys; `grid` says what a place is and does. */
export function guide(stage, view, grid) {
  const { canvas, link, tip, scroller } = stage;
  let over = null;

  function spotAt(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (x < 0 || y < head.days || x >= view.width || y >= view.height) return null;
    const column = x < view.names ? -1 : Math.floor((x - view.names + view.left) / pitch);
    const row = y < headHeight ? -1 : Math.floor((y - headHeight + view.top) / pitch);
    if (column >= view.runs.length || row >= view.rows.length || (column < 0 && row < 0)) return null;
    return { row, column, bar: row < 0 && y < head.days + head.bars };
  }

  function point(spot) {
    over = spot;
    const href = spot && grid.href(spot);
    link.hidden = !href;
    if (href) {
      const { x, y, width, height } = grid.box(spot);
      link.href = href;
      link.setAttribute('aria-label', grid.words(spot).join(', '));
      Object.assign(link.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    }
    canvas.style.cursor = spot && view.rows[spot.row]?.group ? 'pointer' : 'default';
    explain(spot);
  }

  function explain(spot) {
    const lines = spot ? grid.words(spot) : [];
    tip.hidden = lines.length === 0;
    tip.replaceChildren(...lines.map(text => Object.assign(document.createElement('span'), { textContent: text })));
    if (!lines.length) return;
    const { x, y, width, height } = grid.box(spot);
    const left = Math.min(x + width + 10, Math.max(4, view.width - tip.offsetWidth - 4));
    const below = y + height + 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${below + tip.offsetHeight > Math.max(view.height, 140) ? Math.max(0, y - tip.offsetHeight - 6) : below}px`;
  }

  function focus(spot) {
    view.spot = spot;
    grid.reveal(spot);
    grid.repaint();
    explain(spot);
    stage.speak(grid.words(spot).join(', '));
  }

  function open(event) {
    const { spot } = view;
    const row = view.rows[spot.row];
    if (row?.group) { grid.toggle(row); stage.speak(grid.words({ ...spot, column: -1 }).join(', ')); return; }
    const href = grid.href({ ...spot, bar: true });
    if (!href) return;
    const anchor = Object.assign(document.createElement('a'), { href });
    if (event.ctrlKey || event.metaKey) anchor.target = '_blank';
    follow(anchor);
  }

  function follow(anchor) {
    stage.layer.append(anchor);
    anchor.click();
    anchor.remove();
  }

  function moved(key, { row, column }, far) {
    const [rows, columns] = [view.rows.length - 1, view.runs.length - 1];
    switch (key) {
      case 'ArrowUp': return { row: Math.max(-1, row - 1), column };
      case 'ArrowDown': return { row: Math.min(rows, row + 1), column };
      case 'ArrowLeft': return { row, column: Math.max(row < 0 ? 0 : -1, column - 1) };
      case 'ArrowRight': return { row, column: Math.min(columns, column + 1) };
      case 'Home': return { row: far ? -1 : row, column: 0 };
      case 'End': return { row: far ? rows : row, column: columns };
      case 'PageUp': return { row: Math.max(-1, row - 10), column };
      case 'PageDown': return { row: Math.min(rows, row + 10), column };
      default: return null;
    }
  }

  canvas.addEventListener('keydown', event => {
    if (event.altKey || !view.runs.length) return;
    const spot = view.spot ?? { row: 0, column: view.runs.length - 1 };
    const next = moved(event.key, spot, event.ctrlKey || event.metaKey);
    if (next) focus(next);
    else if (event.key === 'Enter' && view.spot) open(event);
    else if (event.key === ' ' && view.runs[spot.column]) follow(grid.select(view.runs[spot.column]));
    else if (event.key === 'Escape') { tip.hidden = true; return; }
    else return;
    event.preventDefault();
  });
  canvas.addEventListener('focus', () => {
    if (canvas.matches(':focus-visible') && view.runs.length) focus(view.spot ?? { row: Math.min(0, view.rows.length - 1), column: view.runs.length - 1 });
  });
  canvas.addEventListener('blur', () => {
    // Who looked here keeps the place when the drawing is moved.
    if (!canvas.isConnected) return;
    view.spot = null;
    tip.hidden = true;
    grid.repaint();
  });
  scroller.addEventListener('pointermove', event => { if (event.pointerType === 'mouse') point(spotAt(event)); });
  scroller.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') point(null); });
  // A finger's first touch says what is there; the second one finds the link and opens it.
  canvas.addEventListener('click', event => {
    const spot = spotAt(event);
    const row = spot && view.rows[spot.row];
    if (row?.group) grid.toggle(row);
    point(spot);
  });
  return { leave: () => point(null), refresh: () => { if (over) explain(over); } };
}
