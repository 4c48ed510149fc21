// The elements that the graph stands on: toolbar with a search, frame, edges as one SVG, a link per task.
import { box } from './layout.js';
import { make, Notes, svg } from './make.js';
import { Sight } from './sight.js';
import { stateWords } from './words.js';

const hint = 'Graph of tasks. Arrow keys move it, plus and minus zoom, 0 fits it; Tab goes from task to task.';
const button = (words, label) => make('button', { type: 'button', class: 'button slim', 'aria-label': label }, words);

export class Easel {
  #lines = [];
  #first = null;

  constructor(host) {
    this.search = make('input', { type: 'search', placeholder: 'Find a task', 'aria-label': 'Find a task' });
    this.count = make('span', { class: 'muted small', role: 'status' });
    this.run = make('span', { class: 'graph-run wrap' });
    this.notes = new Notes();
    this.content = make('div', { class: 'graph-content' });
    this.frame = make('div', { class: 'graph-frame', tabindex: '0', role: 'group', 'aria-label': hint }, this.content);
    const [closer, farther, whole] = [button('+', 'Zoom in'), button('−', 'Zoom out'), button('Fit', 'Fit all of it')];
    host.replaceChildren(this.notes.part, make('div', { class: 'drawing-bar' }, this.search, this.count, closer, farther, whole, this.run, this.notes.live), this.frame);
    this.sight = new Sight(this.frame, this.content);
    closer.addEventListener('click', () => this.sight.zoom(1.25));
    farther.addEventListener('click', () => this.sight.zoom(0.8));
    whole.addEventListener('click', () => this.sight.fit());
    this.resized = new ResizeObserver(() => this.sight.refit(this.#first));
    this.resized.observe(this.frame);
  }

  close() { this.resized.disconnect(); }

  /** How the connection is. */
  say(status) { this.notes.say(status); }

  /** Puts everything on the easel. */
  place(nodes, plan) {
    const { width, height } = plan;
    this.#lines = plan.edges.map(({ from, to, path }) => ({ from, to, line: svg('path', { d: path }) }));
    const drawing = svg('svg', { class: 'graph-edges', width, height, 'aria-hidden': 'true' },
      arrowHead('graph-arrow', ''), arrowHead('graph-arrow-marked', 'marked'), ...this.#lines.map(({ line }) => line));
    this.mark(null);
    this.content.replaceChildren(...plan.boxes.map(groupPart), drawing, ...nodes.map(node => node.part));
    this.frame.style.height = `${Math.max(220, Math.min(Math.round(innerHeight * 0.7), height + 8))}px`;
    this.#first = plan.nodes[0] && { y: plan.nodes[0].y, height: box.height };
    this.sight.open(plan, this.#first);
  }

  /** Shows the edges of one task; null: of none. */
  mark(task) {
    for (const { from, to, line } of this.#lines) {
      const marked = from === task || to === task;
      line.classList.toggle('marked', marked);
      line.setAttribute('marker-end', marked ? 'url(#graph-arrow-marked)' : 'url(#graph-arrow)');
    }
  }

  /** Which run is shown, and what stands in the way. `wanted`: the run that was asked for; null: the latest. */
  tell(data, page, wanted) {
    const [shown] = data.runs;
    this.notes.tell(data.problem);
    if (!shown) {
      const words = wanted ? `There is no run '${wanted}'; it may have been deleted.` : data.tasks.length ? 'No run yet to show states of.' : 'No task to draw.';
      this.run.replaceChildren(make('span', { class: 'muted' }, words));
      return;
    }
    const { name, sign } = data.states[shown.stateIndex];
    this.run.replaceChildren(make('a', { href: `${page}/runs/${encodeURIComponent(shown.runId)}` }, shown.runId), ' ',
      make('span', { class: `state state-${name}`, 'data-sign': sign }, stateWords(name)));
  }

  /** Calls `find(words, step)` while a person types, and with a further step for Enter; it returns how many were found. */
  onSearch(find) {
    let step = 0;
    const look = () => {
      const words = this.search.value.trim().toLowerCase();
      const found = find(words, step);
      this.count.textContent = words ? (found ? `${found} found` : 'none found') : '';
    };
    this.search.addEventListener('input', () => { step = 0; look(); });
    this.search.addEventListener('keydown', event => { if (event.key === 'Enter') { step += 1; look(); } });
  }
}

/** A task on the easel. Its group's box says the rest of its name. */
export class Node {
  constructor(id, activity, at) {
    [this.id, this.activity] = [id, activity];
    this.state = make('span', { class: 'graph-state' });
    this.part = make('a', { class: 'graph-node' }, make('span', { class: 'graph-name' }, at.label),
      make('span', { class: 'graph-line' }, make('span', { class: 'graph-activity' }, activity), this.state));
    Object.assign(this.part.style, { left: `${at.x}px`, top: `${at.y}px`, width: `${box.width}px`, height: `${box.height}px` });
  }

  /** Shows a state in words; null: the run has no such task. */
  paint(state, words, href) {
    const { part } = this;
    part.className = `graph-node state-${state?.name ?? 'none'}${part.classList.contains('found') ? ' found' : ''}`;
    this.state.textContent = state ? `${state.sign} ${stateWords(state.name)}` : '';
    part.title = words ? `${this.id}: ${words}` : this.id;
    part.setAttribute('aria-label', `${this.id}, ${this.activity}, ${words ?? 'no state'}`);
    if (href) part.href = href; else part.removeAttribute('href');
  }
}

function groupPart({ group, x, y, width, height }) {
  const part = make('div', { class: 'graph-group' }, make('span', {}, group.label));
  if (group.drawn?.tooltip) part.title = group.drawn.tooltip;
  // A colour that the browser does not know changes nothing.
  if (group.drawn?.color) part.style.backgroundColor = `color-mix(in srgb, ${group.drawn.color} 22%, transparent)`;
  if (group.drawn?.fgcolor) part.firstChild.style.color = group.drawn.fgcolor;
  Object.assign(part.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return part;
}

function arrowHead(id, kind) {
  return svg('marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
    svg('path', { d: 'M0,0 L8,4 L0,8 z', class: `arrow ${kind}` }));
}
