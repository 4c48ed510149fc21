// Moves and zooms a drawing in its frame: wheel, drag, two fingers, keys and buttons.
const [smallest, largest] = [0.15, 2];
const [readable, comfortable] = [0.5, 0.8];
const dragged = 4;
const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

/** The sight of `content`, of a size that open() gives, through `frame`. */
export class Sight {
  #x = 0;
  #y = 0;
  #scale = 1;
  #size = { width: 1, height: 1 };
  #touched = false;
  #fingers = new Map();

  constructor(frame, content) {
    [this.frame, this.content] = [frame, content];
    frame.addEventListener('wheel', event => this.#wheel(event), { passive: false });
    frame.addEventListener('pointerdown', event => { if (event.button === 0) this.#fingers.set(event.pointerId, this.#place(event)); });
    frame.addEventListener('pointermove', event => this.#drag(event));
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) frame.addEventListener(end, event => this.#fingers.delete(event.pointerId));
    frame.addEventListener('dragstart', event => event.preventDefault());
    frame.addEventListener('keydown', event => this.#key(event));
    // A browser scrolls what gets the focus into sight; here that is show()'s work.
    frame.addEventListener('scroll', () => { [frame.scrollLeft, frame.scrollTop] = [0, 0]; });
  }

  /** Makes everything larger or smaller around a point of the frame. */
  zoom(factor, at = { x: this.frame.clientWidth / 2, y: this.frame.clientHeight / 2 }) {
    const scale = Math.min(largest, Math.max(smallest, this.#scale * factor));
    this.#apply(at.x - (at.x - this.#x) * scale / this.#scale, at.y - (at.y - this.#y) * scale / this.#scale, scale);
  }

  /** Shows all of it, not larger than it is. */
  fit(size = this.#size) {
    const { clientWidth, clientHeight } = this.frame;
    this.#size = size;
    const scale = Math.max(smallest, Math.min(1, clientWidth / size.width, clientHeight / size.height));
    const middle = (room, length) => Math.max(0, (room - length * scale) / 2);
    this.#apply(middle(clientWidth, size.width), middle(clientHeight, size.height), scale);
    this.#touched = false;
  }

  /** Shows all of it if that can be read, else its beginning. */
  open(size, first) {
    this.fit(size);
    if (this.#scale >= readable || !first) return;
    const [room, tall] = [this.frame.clientHeight, size.height * comfortable];
    const centred = room / 2 - (first.y + first.height / 2) * comfortable;
    this.#apply(0, tall <= room ? (room - tall) / 2 : Math.min(0, Math.max(room - tall, centred)), comfortable);
    this.#touched = false;
  }

  /** After the frame has another size: as open(), unless a person has moved it. */
  refit(first) { if (!this.#touched) this.open(this.#size, first); }

  /** Brings a rectangle into the middle, when it is not in sight already. */
  show(part, always = false) {
    const { clientWidth, clientHeight } = this.frame;
    const [left, top] = [part.x * this.#scale + this.#x, part.y * this.#scale + this.#y];
    const inside = left >= 0 && top >= 0 && left + part.width * this.#scale <= clientWidth && top + part.height * this.#scale <= clientHeight;
    if (inside && !always) return;
    const scale = this.#scale < readable ? comfortable : this.#scale;
    this.#apply(clientWidth / 2 - (part.x + part.width / 2) * scale, clientHeight / 2 - (part.y + part.height / 2) * scale, scale);
  }

  #apply(x, y, scale) {
    [this.#x, this.#y, this.#scale, this.#touched] = [x, y, scale, true];
    this.content.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  }

  #move(right, down) { this.#apply(this.#x + right, this.#y + down, this.#scale); }

  #place(event) {
    const box = this.frame.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0016)), this.#place(event));
  }

  #drag(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const now = this.#place(event);
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other && !this.frame.hasPointerCapture(event.pointerId)) {
      if (Math.hypot(now.x - before.x, now.y - before.y) < dragged) return;
      // From here on it is a drag, and the link under the pointer must not open.
      this.frame.setPointerCapture(event.pointerId);
    }
    this.#fingers.set(event.pointerId, now);
    if (other) this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)), other);
    else this.#move(now.x - before.x, now.y - before.y);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) this.#move(...moves[event.key]);
    else if (event.key === '+' || event.key === '=') this.zoom(1.25);
    else if (event.key === '-') this.zoom(0.8);
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
  }
}
