// What a page knows of a DAG's runs: all of it once, then what the server says has changed. Pages of the same source share one feed.
import { dropRuns, isOther, readRuns, readWhole } from './runs.js';

const feeds = new Map();
const lingering = 3000;
const longestWait = 30_000;

/** A feed of this source; release() it. It lives a little longer than its last user, since Blazor replaces elements while it starts. */
export function feedOf(source, events) {
  let feed = feeds.get(source);
  if (!feed) feeds.set(source, feed = new Feed(source, events));
  feed.hold();
  return feed;
}

// Tells 'data' when all may have changed, 'runs' (detail: the runs) when some did, and 'status' when `status` did.
class Feed extends EventTarget {
  #users = 0;
  #stream = null;
  #early = null;
  #failures = 0;
  #retry = 0;
  #turn = 0;
  #soon = 0;

  constructor(source, events) {
    super();
    [this.source, this.events] = [source, events];
    this.data = null;
    this.status = { kind: 'loading', words: 'Loading…' };
    const query = new URL(source, location.href).searchParams;
    this.filter = { limit: Number(query.get('runs') ?? 30), state: query.get('state'), type: query.get('type'), run: query.get('run'), before: query.get('before') };
    this.look = () => document.hidden ? this.#pause() : this.#start();
  }

  hold() {
    this.#users += 1;
    if (this.#users > 1) return;
    document.addEventListener('visibilitychange', this.look);
    if (!this.#stream && !document.hidden) this.#start();
  }

  release() {
    this.#users -= 1;
    setTimeout(() => {
      if (this.#users > 0) return;
      document.removeEventListener('visibilitychange', this.look);
      this.#pause();
      feeds.delete(this.source);
    }, lingering);
  }

  // Browsers open six connections to a host: a page that nobody sees must not keep one.
  #pause() {
    clearTimeout(this.#retry);
    clearTimeout(this.#soon);
    this.#stream?.close();
    this.#stream = null;
  }

  // Listens first and reads then, so that no change falls between.
  #start() {
    this.#pause();
    const stream = this.#stream = new EventSource(this.events);
    for (const kind of ['runs', 'gone']) stream.addEventListener(kind, event => this.#change(JSON.parse(event.data)));
    stream.addEventListener('dag', event => { if (isOther(this.data, JSON.parse(event.data))) this.#loadSoon(); });
    stream.addEventListener('reload', () => this.#loadSoon());
    stream.addEventListener('session', () => this.#over());
    let missed = false;
    stream.onopen = () => {
      if (missed) this.load(); else this.#settle();
      missed = false;
    };
    stream.onerror = () => {
      missed = true;
      this.#lose(stream);
    };
    this.load();
  }

  // All pages are told at once; they need not ask at once.
  #loadSoon() {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.load(), Math.random() * 1000);
  }

  async load() {
    this.#early ??= [];
    const turn = this.#turn += 1;
    try {
      const answer = await fetch(this.source, { headers: { accept: 'application/json' }, cache: 'no-cache' });
      if (answer.status === 401) return this.#over();
      if (answer.status === 404 || answer.status === 400) return this.#end((await answer.json()).detail);
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      const json = await answer.json();
      if (turn !== this.#turn) return;
      this.data = readWhole(json);
      this.#failures = 0;
      this.#settle();
      this.dispatchEvent(new Event('data'));
      const early = this.#early ?? [];
      this.#early = null;
      early.forEach(part => this.#change(part));
    } catch {
      if (turn === this.#turn) this.#again();
    }
  }

  #change(part) {
    if (this.#early) { this.#early.push(part); return; }
    if (!this.data) return;
    const { changed, moved } = part.gone ? dropRuns(this.data, part.gone) : readRuns(this.data, part, this.filter);
    // An older run takes the place of one that was deleted.
    if (moved && part.gone) this.#loadSoon();
    if (moved) this.dispatchEvent(new Event('data'));
    else if (changed.length) this.dispatchEvent(new CustomEvent('runs', { detail: changed }));
  }

  // What is shown is live only while changes of it can be heard.
  #settle() {
    if (this.data && this.#stream?.readyState === EventSource.OPEN) this.#say('live', 'Live');
  }

  // An EventSource tries again by itself, unless the server refused it: then a plain request tells why.
  #lose(stream) {
    if (stream !== this.#stream) return;
    this.#say('lost', 'Connection lost. Trying again…');
    if (stream.readyState === EventSource.CLOSED) this.#again();
  }

  #again() {
    if (!this.#stream) return;
    this.#early = null;
    this.#say('lost', 'Connection lost. Trying again…');
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#start(), Math.min(longestWait, 1000 * 2 ** this.#failures));
  }

  #over() {
    this.#pause();
    this.#say('over', 'Your session is over.');
  }

  #end(words) {
    this.#pause();
    this.#say('gone', words);
  }

  #say(kind, words) {
    if (this.status.kind === kind && this.status.words === words) return;
    this.status = { kind, words };
    this.dispatchEvent(new Event('status'));
  }
}
