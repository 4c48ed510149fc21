// The graph of a DAG: its tasks with the states of one run. Tasks are links in the document, so names are texts and keys just work.
import { feedOf } from './feed.js';
import { box, layOut, pathOf } from './layout.js';
import { groupsOf, treeOf } from './rows.js';
import { lengthAt, stateAt } from './runs.js';
import { easelIn } from './easel.js';
import { lengthWords, stateWords } from './words.js';

/** Draws into a host. Of the result, close() ends it and again() has nothing to do: the document keeps what was drawn. */
export function draw(host, attribute) {
  const page = attribute('page');
  const feed = feedOf(attribute('source'), attribute('events'));
  const easel = easelIn(host);
  let [shape, plan, nodes] = ['', null, []];

  function show() {
    const { data } = feed;
    if (!data) return;
    const now = JSON.stringify([data.tasks, data.upstream, data.activities]);
    if (now !== shape) build(data, now);
    easel.tell(data, page);
    paint();
  }

  function build(data, now) {
    shape = now;
    plan = layOut(data.tasks, data.upstream, groupsOf(treeOf(data.tasks)));
    nodes = data.tasks.map((id, task) => easel.node(id, data.activities[task] ?? 'no longer in the DAG', plan.nodes[task]));
    easel.place(nodes, plan.edges.map(edge => ({ ...edge, path: pathOf(edge) })), plan.boxes, plan);
    nodes.forEach((node, task) => {
      node.part.addEventListener('focus', () => { if (node.part.matches(':focus-visible')) easel.sight.show({ ...plan.nodes[task], ...box }); });
      for (const event of ['pointerenter', 'focus']) node.part.addEventListener(event, () => easel.mark(task));
      for (const event of ['pointerleave', 'blur']) node.part.addEventListener(event, () => easel.mark(null));
    });
  }

  function paint() {
    const { data } = feed;
    const [run] = data.runs;
    nodes.forEach((node, task) => {
      const state = run ? data.states[stateAt(run, task)] : null;
      const length = run && state ? lengthAt(run, task) : null;
      node.paint(state, state && `${stateWords(state.name)}${length === null ? '' : `, ${lengthWords(length)}`}`,
        state && `${page}/runs/${encodeURIComponent(run.runId)}/tasks/${encodeURIComponent(data.tasks[task])}`);
    });
  }

  easel.onSearch((words, step) => {
    const found = feed.data ? feed.data.tasks.flatMap((id, task) => words && id.toLowerCase().includes(words) ? [task] : []) : [];
    nodes.forEach((node, task) => node.part.classList.toggle('found', found.includes(task)));
    if (found.length) easel.sight.show({ ...plan.nodes[found[step % found.length]], ...box }, true);
    return found.length;
  });
  const status = () => easel.say(feed.status);
  const runs = () => { easel.tell(feed.data, page); paint(); };
  feed.addEventListener('data', show);
  feed.addEventListener('runs', runs);
  feed.addEventListener('status', status);
  status();
  show();
  return {
    again() {},
    close() {
      easel.close();
      feed.removeEventListener('data', show);
      feed.removeEventListener('runs', runs);
      feed.removeEventListener('status', status);
      feed.release();
    },
  };
}
