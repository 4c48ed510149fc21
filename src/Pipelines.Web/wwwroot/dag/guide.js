// Leads mouse, finger and keys over the grid. A real link lies under the pointer, so that every way to open a link works.
import { make } from './make.js';
import { head, headHeight, pitch } from './paint.js';

const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };

/** Follows pointer and keys; the grid says what a place (row, column; -1: the runs' head, the tasks' names) is and does. */
export class Guide {
  #over = null;

  constructor(stage, view, grid) {
    [this.stage, this.view, this.grid] = [stage, view, grid];
    const { canvas, scroller } = stage;
    canvas.addEventListener('keydown', event => this.#key(event));
    canvas.addEventListener('focus', () => this.#enter());
    canvas.addEventListener('blur', () => this.#blur());
    canvas.addEventListener('click', event => this.#touch(event));
    scroller.addEventListener('pointermove', event => { if (event.pointerType === 'mouse') this.#point(this.#spotAt(event)); });
    scroller.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') this.leave(); });
  }

  /** The pointer is over nothing any more. */
  leave() { this.#point(null); }

  /** What the pointer is over may mean something else now. */
  refresh() { if (this.#over) this.#explain(this.#over); }

  #spotAt(event) {
    const { view } = this;
    const box = this.stage.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (x < 0 || y < head.days || x >= view.width || y >= view.height) return null;
    const column = x < view.names ? -1 : Math.floor((x - view.names + view.left) / pitch);
    const row = y < headHeight ? -1 : Math.floor((y - headHeight + view.top) / pitch);
    if (column >= view.runs.length || row >= view.rows.length || (column < 0 && row < 0)) return null;
    return { row, column, bar: row < 0 && y < head.days + head.bars };
  }

  #point(spot) {
    const { grid, view } = this;
    const { canvas, link } = this.stage;
    this.#over = spot;
    const href = spot && grid.href(spot);
    link.hidden = !href;
    if (href) {
      const { x, y, width, height } = grid.box(spot);
      link.href = href;
      link.setAttribute('aria-label', grid.words(spot).join(', '));
      Object.assign(link.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    }
    canvas.style.cursor = spot && view.rows[spot.row]?.group ? 'pointer' : 'default';
    this.#explain(spot);
  }

  #explain(spot) {
    const [{ tip }, { grid, view }] = [this.stage, this];
    const lines = spot ? grid.words(spot) : [];
    tip.hidden = lines.length === 0;
    tip.replaceChildren(...lines.map(text => make('span', {}, text)));
    if (!lines.length) return;
    const { x, y, width, height } = grid.box(spot);
    const below = y + height + 6;
    tip.style.left = `${Math.min(x + width + 10, Math.max(4, view.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${below + tip.offsetHeight > Math.max(view.height, 140) ? Math.max(0, y - tip.offsetHeight - 6) : below}px`;
  }

  // A finger's first touch says what is there; the second one finds the link and opens it.
  #touch(event) {
    const spot = this.#spotAt(event);
    const row = spot && this.view.rows[spot.row];
    if (row?.group) this.grid.toggle(row);
    this.#point(spot);
  }

  #enter() {
    const { view } = this;
    if (!this.stage.canvas.matches(':focus-visible') || !view.runs.length) return;
    this.#focus(view.spot ?? { row: Math.min(0, view.rows.length - 1), column: view.runs.length - 1 });
  }

  // Who looked here keeps the place when the drawing is moved.
  #blur() {
    if (!this.stage.canvas.isConnected) return;
    this.view.spot = null;
    this.stage.tip.hidden = true;
    this.grid.repaint();
  }

  #focus(spot) {
    this.view.spot = spot;
    this.grid.reveal(spot);
    this.grid.repaint();
    this.#explain(spot);
    this.stage.speak(this.grid.words(spot).join(', '));
  }

  #key(event) {
    const { grid, view } = this;
    if (event.altKey || !view.runs.length) return;
    const spot = view.spot ?? { row: 0, column: view.runs.length - 1 };
    const next = this.#moved(event.key, spot, event.ctrlKey || event.metaKey);
    if (next) this.#focus(next);
    else if (event.key === 'Enter') this.#open(spot, event.ctrlKey || event.metaKey);
    else if (event.key === ' ' && view.runs[spot.column]) this.#follow(grid.selectHref(view.runs[spot.column]));
    else if (event.key === 'Escape') this.stage.tip.hidden = true;
    else return;
    event.preventDefault();
  }

  #moved(key, { row, column }, far) {
    const [rows, columns] = [this.view.rows.length - 1, this.view.runs.length - 1];
    if (key === 'Home') return { row: far ? -1 : row, column: 0 };
    if (key === 'End') return { row: far ? rows : row, column: columns };
    if (!steps[key]) return null;
    const [down, right] = steps[key];
    const to = Math.min(rows, Math.max(-1, row + down));
    return { row: to, column: Math.min(columns, Math.max(to < 0 ? 0 : -1, column + right)) };
  }

  #open(spot, elsewhere) {
    const row = this.view.rows[spot.row];
    if (row?.group) {
      this.grid.toggle(row);
      this.stage.speak(this.grid.words({ ...spot, column: -1 }).join(', '));
      return;
    }
    const href = this.grid.href({ ...spot, bar: true });
    if (href) this.#follow(href, elsewhere);
  }

  // As a press of a link, so that Blazor goes there without loading the page again.
  #follow(href, elsewhere = false) {
    const anchor = make('a', elsewhere ? { href, target: '_blank' } : { href });
    this.stage.layer.append(anchor);
    anchor.click();
    anchor.remove();
  }
}
