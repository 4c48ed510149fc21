// The log of one attempt. It is read in pieces; a window of them is in the page, whatever the log's length, and moves as the person scrolls.
import { lineOf } from './logline.js';

const keptLines = 5000;
const near = 800;

export const open = (panel, settings) => new Log(panel, settings);

class Log {
  constructor(panel, settings) {
    Object.assign(this, settings, { box: panel.querySelector('[data-log]'), panel, pieces: [], found: 0, looked: 0, first: 0, next: 0, last: -1, work: Promise.resolve() });
    this.mayFollow = settings.follow;
    this.follow = settings.follow && !settings.at;
    this.clear();
    this.ended = new AbortController();
    const on = (target, event, act) => target?.addEventListener(event, act, { signal: this.ended.signal, passive: true });
    this.part = name => panel.querySelector(`[data-log-${name}]`);
    on(this.box, 'scroll', () => this.scrolled());
    on(this.part('follow'), 'change', event => this.setFollow(event.target.checked));
    on(this.part('more'), 'click', () => this.queue(() => this.look()));
    on(this.part('start'), 'click', () => this.queue(() => this.jump(0)));
    on(this.part('end'), 'click', () => this.queue(() => this.showEnd()));
    on(this.part('place'), 'change', event => this.queue(() => this.jump(Number(event.target.value))));
    this.queue(() => this.filtered ? this.look() : this.at ? this.showLine() : this.showEnd());
  }

  get filtered() { return this.level || this.find; }
  get atStart() { return this.first <= 0 || this.reachedStart; }
  get atEnd() { return this.next > this.last; }

  dispose() { this.ended.abort(); }

  // One thing after the other: pieces never overtake each other.
  queue(act) {
    this.work = this.work.then(() => this.ended.signal.aborted ? undefined : act()).then(() => this.say()).catch(error => this.fail(error));
    return this.work;
  }

  // The server says that the attempt has written more.
  grow() {
    return this.queue(async () => {
      if (this.filtered) { if (this.done) await this.look(); return; }
      if (this.atEnd || this.follow) await this.readOn();
      else this.last = Math.max(this.last, this.next);
      if (this.follow) this.toEnd();
    });
  }

  async read(query) {
    const parameters = new URLSearchParams(Object.entries({ map_index: this.mapIndex, try: this.attempt, level: this.level, find: this.find, ...query }).filter(([, value]) => value != null && value !== ''));
    const answer = await fetch(`${this.url}/lines?${parameters}`, { signal: this.ended.signal, redirect: 'manual' });
    if (answer.type === 'opaqueredirect' || answer.status === 401) throw new Error('Your session has ended. Load the page again to sign in.');
    if (!answer.ok) throw new Error(answer.status === 404 ? await answer.text() : 'The log cannot be read at this moment. It is tried again as soon as something happens.');
    const piece = await answer.json();
    this.last = piece.last;
    this.bytes = piece.bytes;
    return piece;
  }

  async readOn() {
    do {
      const piece = await this.read({ after: this.next });
      this.next = Math.max(piece.next, this.next);
      this.add(piece.lines, false);
      this.trim(true);
      if (piece.lines.length === 0) break;
    } while (this.follow && !this.atEnd);
  }

  async readBack() {
    const piece = await this.read({ before: this.first });
    this.reachedStart = piece.lines.length === 0;
    this.first = piece.first;
    this.add(piece.lines, true);
    this.trim(false);
  }

  async showEnd() {
    if (this.filtered) return;
    this.clear();
    const piece = await this.read({});
    [this.first, this.next] = [piece.first, piece.next];
    this.add(piece.lines, false);
    this.toEnd();
  }

  async jump(chunk) {
    if (this.filtered) return;
    this.setFollow(false);
    this.clear();
    [this.first, this.next] = [chunk, chunk];
    await this.readOn();
    this.reachedStart = chunk === 0;
    this.box.scrollTop = 0;
  }

  async showLine() {
    await this.jump(Number(this.at.split('.')[0]) || 0);
    const line = this.box.querySelector(`[data-at="${CSS.escape(this.at)}"]`);
    if (!line) return;
    line.classList.add('marked');
    await this.readBack();
    line.scrollIntoView({ block: 'center' });
  }

  // Lines that fit the filter, as far as one request looks; the button looks further.
  async look() {
    const piece = await this.read({ after: this.next });
    [this.found, this.looked, this.next] = [this.found + piece.lines.length, this.looked + piece.looked, piece.next];
    this.done = this.atEnd;
    this.add(piece.lines, false);
    this.trim(true);
  }

  add(lines, before) {
    if (lines.length === 0) return;
    const piece = document.createElement('div');
    piece.append(...lines.map(line => lineOf(line, this.find)));
    const [height, top] = [this.box.scrollHeight, this.box.scrollTop];
    if (before) { this.box.prepend(piece); this.pieces.unshift(piece); } else { this.box.append(piece); this.pieces.push(piece); }
    piece.dataset.first = lines[0].at.split('.')[0];
    piece.dataset.next = Number(lines.at(-1).at.split('.')[0]) + 1;
    if (before) this.box.scrollTop = top + this.box.scrollHeight - height;
  }

  // What is far from the eye leaves the page and is read again when it is wanted.
  trim(fromStart) {
    let lines = this.pieces.reduce((sum, piece) => sum + piece.childElementCount, 0);
    while (lines > keptLines && this.pieces.length > 1) {
      const piece = fromStart ? this.pieces.shift() : this.pieces.pop();
      lines -= piece.childElementCount;
      const [height, top] = [this.box.scrollHeight, this.box.scrollTop];
      piece.remove();
      if (fromStart) { this.box.scrollTop = top - height + this.box.scrollHeight; this.first = Number(this.pieces[0].dataset.first); this.reachedStart = false; }
      else this.next = Number(this.pieces.at(-1).dataset.next);
    }
  }

  clear() {
    this.pieces = [];
    this.reachedStart = false;
    this.box.replaceChildren();
  }

  scrolled() {
    const below = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight;
    if (this.filtered || this.ours) { this.ours = false; return; }
    // Who scrolls up wants to read; who comes back to the end wants to follow.
    if (this.mayFollow) this.setFollow(below < 8 && this.atEnd, true);
    if (this.reading) return;
    const act = this.box.scrollTop < near && !this.atStart ? () => this.readBack() : below < near && !this.atEnd ? () => this.readOn() : null;
    if (!act) return;
    this.reading = true;
    this.queue(act).finally(() => { this.reading = false; });
  }

  setFollow(on, quiet) {
    if (this.follow === on) return;
    this.follow = on;
    if (this.part('follow')) this.part('follow').checked = on;
    if (on && !quiet) this.queue(() => this.showEnd());
  }

  toEnd() {
    const top = this.box.scrollTop;
    this.box.scrollTop = this.box.scrollHeight;
    this.ours = this.box.scrollTop !== top;
  }

  say() {
    const size = bytes => bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
    const lines = number => `${number.toLocaleString('en')} ${number === 1 ? 'line fits' : 'lines fit'}`;
    this.part('status').textContent = this.last < 0 ? 'Nothing is written yet.'
      : !this.filtered ? `${size(this.bytes)}${this.atEnd ? '' : ', more below'}${this.atStart ? '' : ', more above'}`
      : this.done ? `${lines(this.found)}, in all ${size(this.bytes)}.` : `${lines(this.found)} in the first ${size(Math.min(this.looked, this.bytes))} of ${size(this.bytes)}.`;
    this.part('more').hidden = !this.filtered || this.done;
    const place = this.part('place');
    place.closest('label').hidden = this.filtered || this.last < 40;
    [place.max, place.value] = [Math.max(this.last, 0), this.atEnd ? this.last : this.first];
    this.panel.dataset.ready = 'true';
  }

  fail(error) {
    if (error.name !== 'AbortError') this.part('status').textContent = error instanceof TypeError ? 'The server does not answer. The log goes on when it does.' : error.message;
  }
}
