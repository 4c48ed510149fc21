// The bar's sentences. Times are the browser's own: who looks at 12:31 wants their 12:31.
const clock = new Intl.DateTimeFormat([], { timeStyle: 'medium', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat([], { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const at = instant => new Date(instant) <= new Date() ? 'due now' : day.format(new Date(instant));

const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

export function stateWords(dag) {
  const published = dag.version ? `published v${dag.version}` : 'not published yet';
  if (dag.conflict) return `conflict: the file was ${dag.conflict} on disk`;
  if (dag.draft) return `draft saved ${clock.format(new Date(dag.draft.saved_at))} by ${dag.draft.saved_by}`;
  if (dag.file_errors.length > 0) return `${published}; the file on disk has errors`;
  return published;
}

export function nextShort(dag) {
  if (!dag.next_runs_of) return 'unknown';
  return dag.next_runs.length > 0 ? at(dag.next_runs[0]) : 'none';
}

export function nextWords(dag) {
  if (!dag.next_runs_of) return 'They are known as soon as the draft has no errors.';
  const whose = dag.draft && dag.next_runs_of === 'draft' ? 'of this draft, once it is published' : dag.draft ? 'of the published DAG, since the draft has errors' : 'of the published DAG';
  const paused = dag.is_paused ? ' The DAG is paused: nothing starts until it is unpaused.' : '';
  return dag.next_runs.length > 0 ? `Schedule ${dag.timetable}, ${whose}. The clock is yours: ${zone}.${paused}` : `There are none ${whose}: schedule ${dag.timetable}. It runs when somebody presses Run.`;
}

export function publishingShort(dag) {
  if (dag.conflict) return 'conflict';
  if (dag.errors.length > 0) return count(dag.errors.length, 'error');
  if (!dag.draft) return dag.read_only ? 'read-only' : 'nothing to do';
  return count(dag.changes.length, 'change');
}

export function publishingWords(dag) {
  if (dag.read_only) return dag.read_only;
  if (dag.conflict) return `The file ${dag.file_name} was ${dag.conflict} after this draft began. Both are kept, and nothing can be published until you choose: go on from the file, or keep the draft, which publishing then writes over the file.`;
  if (!dag.draft) return 'There is no draft: the canvas shows what runs. Each change you make is saved as a draft at once and runs only after Publish.';
  if (dag.errors.length > 0) return 'Publish is refused until these are mended. The draft is saved; new runs use what is published.';
  return `Publish writes ${dag.file_name} and makes this version ${(dag.version ?? 0) + 1}, which new runs use.`;
}

export function discardWords(dag) {
  const lost = `${count(dag.changes.length, 'change')} by ${dag.draft.saved_by}`;
  return dag.version
    ? `The draft goes (${lost}) and cannot be had back; the canvas then shows published version ${dag.version} again.`
    : `The draft goes (${lost}) and cannot be had back. This DAG was never published, so nothing of it is left.`;
}
