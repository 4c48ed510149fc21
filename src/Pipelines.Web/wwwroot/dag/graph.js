// The graph of a DAG: its tasks with the states of one run. Tasks are links in the document, so names are texts and keys just work.
import { Easel, Node } from './easel.js';
import { feedOf } from './feed.js';
import { box, layOut } from './layout.js';
import { treeOf } from './rows.js';
import { lengthAt, stateAt } from './runs.js';
import { lengthWords, stateWords } from './words.js';

/** Draws into a host. Of the result, close() ends it; again() has nothing to do, since the document keeps what was drawn. */
export const draw = (host, attribute) => new Graph(host, attribute);

class Graph {
  #shape = '';
  #plan = null;
  #nodes = [];

  constructor(host, attribute) {
    this.page = attribute('page');
    this.feed = feedOf(attribute('source'), attribute('events'));
    this.easel = new Easel(host);
    this.easel.onSearch((words, step) => this.#find(words, step));
    this.ended = new AbortController();
    const until = { signal: this.ended.signal };
    this.feed.addEventListener('data', () => this.#show(), until);
    this.feed.addEventListener('runs', () => this.#paint(), until);
    this.feed.addEventListener('status', () => this.easel.say(this.feed.status), until);
    this.easel.say(this.feed.status);
    this.#show();
  }

  again() {}

  close() {
    this.ended.abort();
    this.easel.close();
    this.feed.release();
  }

  #show() {
    const { data } = this.feed;
    if (!data) return;
    const shape = JSON.stringify([data.tasks, data.upstream, data.activities, data.groups, data.within]);
    if (shape !== this.#shape) this.#build(data);
    this.#shape = shape;
    this.#paint();
  }

  #build(data) {
    this.#plan = layOut(data.upstream, treeOf(data));
    this.#nodes = data.tasks.map((id, task) => new Node(id, data.activities[task] ?? 'no longer in the DAG', this.#plan.nodes[task]));
    this.#nodes.forEach(({ part }, task) => this.#guide(part, task));
    this.easel.place(this.#nodes, this.#plan);
  }

  #guide(part, task) {
    part.addEventListener('focus', () => { if (part.matches(':focus-visible')) this.easel.sight.show(this.#box(task)); });
    for (const event of ['pointerenter', 'focus']) part.addEventListener(event, () => this.easel.mark(task));
    for (const event of ['pointerleave', 'blur']) part.addEventListener(event, () => this.easel.mark(null));
  }

  #paint() {
    const { data } = this.feed;
    const [run] = data.runs;
    this.easel.tell(data, this.page, this.feed.filter.run);
    this.#nodes.forEach((node, task) => {
      const state = run && data.states[stateAt(run, task)];
      if (!state) { node.paint(null, null, null); return; }
      const length = lengthAt(run, task);
      node.paint(state, `${stateWords(state.name)}${length === null ? '' : `, ${lengthWords(length)}`}`,
        `${this.page}/runs/${encodeURIComponent(run.runId)}/tasks/${encodeURIComponent(node.id)}`);
    });
  }

  #find(words, step) {
    const found = this.#nodes.flatMap(({ id }, task) => words && id.toLowerCase().includes(words) ? [task] : []);
    this.#nodes.forEach(({ part }, task) => part.classList.toggle('found', found.includes(task)));
    if (found.length) this.easel.sight.show(this.#box(found[step % found.length]), true);
    return found.length;
  }

  #box(task) { return { ...this.#plan.nodes[task], ...box }; }
}
