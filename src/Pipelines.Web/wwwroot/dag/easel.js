// The elements that the graph stands on: toolbar with a search, frame, edges as one SVG, a link per task.
import { liveWords, make, svg, wayOut } from './make.js';
import { box } from './layout.js';
import { sightOf } from './sight.js';
import { stateWords } from './words.js';

/** Builds the easel into a host. */
export function easelIn(host) {
  const search = make('input', { type: 'search', placeholder: 'Find a task', 'aria-label': 'Find a task' });
  const count = make('span', { class: 'muted small', role: 'status' });
  const button = (words, label) => make('button', { type: 'button', class: 'button slim', 'aria-label': label }, words);
  const [closer, farther, whole] = [button('+', 'Zoom in'), button('−', 'Zoom out'), button('Fit', 'Fit all of it')];
  const run = make('span', { class: 'graph-run wrap' });
  const live = make('span', { class: 'drawing-state muted small', 'data-testid': 'live' });
  const banner = make('div', { role: 'alert' });
  const problem = make('p', { class: 'notice', role: 'alert', hidden: '' });
  const content = make('div', { class: 'graph-content' });
  const frame = make('div', { class: 'graph-frame', tabindex: '0', role: 'group',
    'aria-label': 'Graph of tasks. Arrow keys move it, plus and minus zoom, 0 fits it; Tab goes from task to task.' }, content);
  host.replaceChildren(banner, problem, make('div', { class: 'drawing-bar' }, search, count, closer, farther, whole, run, live), frame);
  const sight = sightOf(frame, content);
  closer.addEventListener('click', () => sight.zoom(1.25));
  farther.addEventListener('click', () => sight.zoom(0.8));
  whole.addEventListener('click', () => sight.fit());
  const resized = new ResizeObserver(() => sight.refit(first));
  resized.observe(frame);
  let [lines, first] = [[], null];

  return {
    sight,
    close: () => resized.disconnect(),
    node: nodeOf,

    /** Puts everything on the easel; texts are texts. */
    place(nodes, edges, boxes, size) {
      const drawing = svg('svg', { class: 'graph-edges', width: size.width, height: size.height, viewBox: `${size.left} ${size.top} ${size.width} ${size.height}`, 'aria-hidden': 'true' });
      drawing.style.left = `${size.left}px`;
      drawing.style.top = `${size.top}px`;
      drawing.append(arrowHead('graph-arrow', ''), arrowHead('graph-arrow-marked', 'marked'));
      lines = edges.map(({ from, to, path }) => ({ from, to, line: svg('path', { d: path, 'marker-end': 'url(#graph-arrow)' }) }));
      drawing.append(...lines.map(({ line }) => line));
      content.replaceChildren(...boxes.map(groupOf), drawing, ...nodes.map(node => node.part));
      frame.style.height = `${Math.max(220, Math.min(Math.round(innerHeight * 0.7), size.height + 8))}px`;
      first = nodes[0] && { y: parseFloat(nodes[0].part.style.top), height: box.height };
      sight.open(size, first);
    },

    /** Shows the edges of one task; null: of none. */
    mark(task) {
      for (const { from, to, line } of lines) {
        const marked = from === task || to === task;
        line.classList.toggle('marked', marked);
        line.setAttribute('marker-end', marked ? 'url(#graph-arrow-marked)' : 'url(#graph-arrow)');
      }
    },

    /** Which run is shown, and what stands in the way. */
    tell(data, page) {
      const [shown] = data.runs;
      [problem.hidden, problem.textContent] = [!data.problem, data.problem ?? ''];
      if (!shown) { run.replaceChildren(make('span', { class: 'muted' }, data.tasks.length ? 'No run yet to show states of.' : 'No task to draw.')); return; }
      const { name, sign } = data.states[shown.stateIndex];
      run.replaceChildren(make('a', { href: `${page}/runs/${encodeURIComponent(shown.runId)}` }, shown.runId), ' ', make('span', { class: `state state-${name}`, 'data-sign': sign }, stateWords(name)));
    },

    /** Says how the connection is. */
    say({ kind, words }) {
      live.textContent = liveWords(kind);
      live.dataset.kind = kind;
      banner.replaceChildren(...(kind === 'live' || kind === 'loading' ? [] : [make('p', { class: kind === 'lost' ? 'notice' : 'problem' }, words, ' ', ...wayOut(kind))]));
    },

    /** Calls `find(words, step)` while a person types, and with a further step for Enter. */
    onSearch(find) {
      let step = 0;
      const look = () => {
        const words = search.value.trim().toLowerCase();
        const found = find(words, step);
        count.textContent = words ? (found ? `${found} found` : 'none found') : '';
      };
      search.addEventListener('input', () => { step = 0; look(); });
      search.addEventListener('keydown', event => { if (event.key === 'Enter') { step += 1; look(); } });
    },
  };
}

function nodeOf(id, activity, at) {
  const state = make('span', { class: 'graph-state' });
  const name = make('span', { class: 'graph-name' }, id);
  const part = make('a', { class: 'graph-node', title: id }, name, make('span', { class: 'graph-line' }, make('span', { class: 'graph-activity' }, activity), state));
  Object.assign(part.style, { left: `${at.x}px`, top: `${at.y}px`, width: `${box.width}px`, height: `${box.height}px` });
  return {
    part,
    /** Shows a state in words; null: the run has no such task. */
    paint(shown, words, href) {
      part.className = `graph-node state-${shown?.name ?? 'none'}${part.classList.contains('found') ? ' found' : ''}`;
      state.textContent = shown ? `${shown.sign} ${stateWords(shown.name)}` : '';
      part.title = words ? `${id}: ${words}` : id;
      part.setAttribute('aria-label', `${id}, ${activity}, ${words ?? 'no state'}`);
      if (href) part.href = href; else part.removeAttribute('href');
    },
  };
}

function groupOf({ group, x, y, width, height }) {
  const part = make('div', { class: 'graph-group' }, make('span', {}, group.label));
  Object.assign(part.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return part;
}

function arrowHead(id, kind) {
  const marker = svg('marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' });
  marker.append(svg('path', { d: 'M0,0 L8,4 L0,8 z', class: `arrow ${kind}` }));
  return marker;
}
