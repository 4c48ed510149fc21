// The bar of the editor: what is known of the DAG, kept true by the server's events, and what can be done about its draft.
import { isSaving, line, say, whenShown } from './answers.js';
import { at, discardWords, nextShort, nextWords, publishingShort, publishingWords, stateWords } from './words.js';

const byId = id => document.getElementById(id);

let dag;
let canvas; // The mark of what the canvas shows.
let canvasAt = 0; // When it last changed by a load or a save.
let takesOver = false; // The server's next answer is what the canvas shows, whatever its mark.
let redraw;

export function startBar(dagId, drawAgain) {
  const path = `/ui/studio/${encodeURIComponent(dagId)}`;
  redraw = () => { canvas = undefined; document.querySelector('#messages .reload-offer')?.remove(); drawAgain(); };
  const load = gathered(() => read(path));
  whenShown(definition => {
    if (definition && definition.definitionId !== dagId) return;
    if (definition) canvas = definition.customProperties?.pipelinesDraft;
    // A publish that is refused has saved the canvas all the same.
    takeOver(!definition);
    load();
  });
  // A connection that was lost begins with an event, so nothing is missed.
  const events = new EventSource(`${path}/events`);
  events.addEventListener('changed', load);
  events.addEventListener('session', () => { events.close(); sayOver(); });
  // The server refused to go on; a plain request says what that means.
  events.addEventListener('error', () => { if (events.readyState === EventSource.CLOSED) load(); });
  window.addEventListener('pagehide', () => events.close());
  // Keeping changes what the draft is based on and nothing that is drawn.
  byId('keep-draft').addEventListener('click', async () => {
    canvasAt = Infinity;
    takeOver(await ask(`${path}/keep`));
    load();
  });
  byId('discard-draft').addEventListener('click', () => confirmDiscard(path));
  rememberUnpause();
  closePanelsOnEscape();
  load();
}

function takeOver(whatComes) {
  takesOver = whatComes;
  canvasAt = performance.now();
}

// One call at a time, and one more when something happened meanwhile: a save each half second must not pile up.
function gathered(action) {
  let state = 'idle';
  return async () => {
    if (state !== 'idle') { state = 'again'; return; }
    do {
      state = 'busy';
      await action();
      await new Promise(resume => setTimeout(resume, 300));
    } while (state === 'again');
    state = 'idle';
  };
}

async function read(path) {
  const asked = performance.now();
  const answer = await fetch(path, { headers: { accept: 'application/json' } }).catch(() => null);
  if (answer?.ok) {
    dag = await answer.json();
    show();
    // An answer to an older question knows less than the canvas; the next one is on its way.
    if (asked > canvasAt && !isSaving()) compare();
  } else if (answer?.status === 401) {
    sayOver();
  } else {
    byId('draft-state').textContent = answer ? 'its state cannot be read; load the page again' : 'the server does not answer; trying again';
  }
}

function sayOver() {
  const state = byId('draft-state');
  const login = Object.assign(line('a', 'Sign in again'), { href: `/login?ended=true&ReturnUrl=${encodeURIComponent(location.pathname)}` });
  state.replaceChildren('your session is over, nothing is saved any more. ', login);
}

function show() {
  const state = byId('draft-state');
  state.textContent = stateWords(dag) + (dag.read_only ? ' · read-only' : '');
  state.classList.toggle('conflict', Boolean(dag.conflict));
  showNextRuns(byId('next-runs'));
  showPublishing(byId('publishing'));
  document.querySelector('.unpause').hidden = !dag.is_paused || !dag.may_run;
}

function showNextRuns(panel) {
  panel.querySelector('strong').textContent = nextShort(dag);
  panel.querySelector('p').textContent = nextWords(dag);
  panel.querySelector('ol').replaceChildren(...dag.next_runs.map(instant => {
    const item = document.createElement('li');
    item.append(Object.assign(line('time', at(instant)), { dateTime: instant, title: instant }));
    return item;
  }));
}

function showPublishing(panel) {
  panel.querySelector('strong').textContent = publishingShort(dag);
  panel.querySelector('.words').textContent = publishingWords(dag);
  panel.classList.toggle('wrong', dag.errors.length > 0 || Boolean(dag.conflict));
  const lists = { errors: dag.errors, 'file-errors': dag.file_errors, warnings: dag.warnings, changes: dag.changes };
  for (const [name, items] of Object.entries(lists)) {
    const section = panel.querySelector(`.${name}`);
    section.hidden = items.length === 0;
    section.querySelector('ul').replaceChildren(...items.map(text => line('li', text)));
  }
  byId('keep-draft').hidden = !dag.conflict || !dag.may_edit;
  byId('discard-draft').hidden = !dag.draft || !dag.may_edit;
}

// The canvas shows something else than the server has: nobody's work is on it, so it may be drawn again; otherwise the person decides.
function compare() {
  const offer = document.querySelector('#messages .reload-offer');
  if (takesOver && dag.draft?.is_mine) canvas = dag.mark;
  takesOver = false;
  if (canvas === dag.mark) offer?.remove();
  if (!canvas || canvas === dag.mark || offer) return;
  if (!dag.draft || dag.draft.is_mine) {
    redraw();
    return;
  }
  const message = document.createElement('section');
  message.className = 'notice reload-offer';
  const show = Object.assign(line('button', `Show ${dag.draft.saved_by}'s draft`), { type: 'button', className: 'button slim' });
  show.addEventListener('click', () => redraw());
  message.append(line('strong', `${dag.draft.saved_by} is editing this DAG.`), line('p', 'The canvas shows what was there before. A change of yours would be refused until you have seen theirs.'), show);
  byId('messages').append(message);
}

async function ask(path) {
  const answer = await fetch(path, { method: 'POST' }).catch(() => null);
  if (answer?.ok) return true;
  if (answer?.headers.get('content-type')?.startsWith('application/problem+json')) say(await answer.json());
  else say({ detail: 'That was not done: the server does not answer as it should. Load the page again.' });
  return false;
}

function confirmDiscard(path) {
  const dialog = byId('discard');
  dialog.querySelector('p').textContent = discardWords(dag);
  dialog.returnValue = '';
  dialog.showModal();
  dialog.addEventListener('close', () => { if (dialog.returnValue === 'discard') ask(`${path}/discard`); }, { once: true });
}

// The server reads the cookie when Run is pressed: Studio's own request has no room for it.
function rememberUnpause() {
  const box = byId('unpause');
  box.checked = !/(^|; )pipelines_unpause=0/.test(document.cookie);
  box.addEventListener('change', () => { document.cookie = `pipelines_unpause=${box.checked ? 1 : 0}; path=/; samesite=strict; max-age=31536000`; });
}

function closePanelsOnEscape() {
  const panels = [...document.querySelectorAll('.bar details')];
  document.addEventListener('keydown', event => {
    const open = panels.find(panel => panel.open);
    if (event.key !== 'Escape' || !open) return;
    open.open = false;
    open.querySelector('summary').focus();
  });
  document.addEventListener('pointerdown', event => {
    for (const panel of panels) if (!panel.contains(event.target)) panel.open = false;
  });
}
