// Reads along with Studio's calls to our API: what was refused is said in words, and whoever asks is told what the canvas shows.
import { askOnce } from './choices.js';

const messages = document.getElementById('messages');
const api = `${location.origin}/elsa/api/`;
const noticeKey = 'pipelines-notice';
const watchers = [];
let drawings = 0;
let saving = 0;
let saidAt = -Infinity;

// Called with each definition that comes to the canvas; with null when one from there was refused.
export function whenShown(watcher) {
  watchers.push(watcher);
}

// Studio fetches its definition only when it is given another id, so this gives it the same one with a number behind, which no id has.
export function drawnAgain(dagId) {
  return `${dagId}:${++drawings}`;
}

// True while a save is under way, so that what the server says may be the canvas's own.
export function isSaving() {
  return saving > 0;
}

export function watchAnswers() {
  const send = askOnce(window.fetch);
  window.fetch = async (resource, options) => {
    const url = new URL(resource.url ?? resource, document.baseURI).href;
    if (!url.startsWith(api)) return send(resource, options);
    if (/\/by-definition-id\/[^/?]+(:|%3A)\d+\?/.test(url)) resource = url.replace(/(:|%3A)\d+\?/, '?');
    const call = { path: url.slice(api.length).split('?')[0], method: options?.method ?? resource.method ?? 'GET' };
    const isSave = call.method === 'POST' && /^workflow-definitions($|\/[^/]+\/(publish|retract|revert))/.test(call.path);
    if (isSave) saving++;
    try {
      return await read(call, await send(resource, options));
    } catch (error) {
      if (error.name !== 'AbortError') say({ detail: 'The server does not answer. Your last change may not be saved: check the connection, then change something again.' });
      throw error;
    } finally {
      if (isSave) saving--;
    }
  };
  keepRedBarForSurprises();
  const waiting = sessionStorage.getItem(noticeKey);
  if (waiting) say({ detail: waiting, kind: 'notice' });
  sessionStorage.removeItem(noticeKey);
}

async function read(call, answer) {
  if (answer.ok) {
    notice(call, answer.headers.get('x-pipelines-notice'));
    await tell(call, answer);
    return answer;
  }
  if (answer.status === 401) {
    const back = encodeURIComponent(location.pathname);
    say({ detail: 'Your session has ended, and your last change is not saved.', link: { text: 'Sign in again', href: `/login?ReturnUrl=${back}` } });
    return answer;
  }
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) return answer;
  const problem = await answer.json();
  say(problem);
  if (call.path === 'workflow-definitions') watchers.forEach(watcher => watcher(null));
  // Studio has no words for a run that was refused, except this header's; the words of other refusals would stand twice, and there for 5 s only.
  if (call.path.endsWith('/execute')) return new Response(null, { headers: { 'x-elsa-workflow-cannot-start': 'true' } });
  // It understands reasons with a 400 only, and counts on 404 where something may be gone.
  const status = answer.status === 404 ? 404 : 400;
  return new Response(JSON.stringify({ status, errors: { '': ['This was refused; the message at the top says why.'] } }), { status, headers: { 'content-type': 'application/problem+json' } });
}

// What to know of something that was done. Run leads to another page at once, so its words wait there.
function notice(call, escaped) {
  if (!escaped) return;
  const detail = decodeURIComponent(escaped);
  if (call.path.endsWith('/execute')) sessionStorage.setItem(noticeKey, detail);
  else say({ detail, kind: 'notice' });
}

async function tell(call, answer) {
  const isDefinition = call.method === 'GET' ? call.path.startsWith('workflow-definitions/by-definition-id/') : call.path === 'workflow-definitions';
  if (!isDefinition) return;
  const body = await answer.clone().json();
  watchers.forEach(watcher => watcher(body.workflowDefinition ?? body));
}

// A problem of the API, or words of our own: { detail, errors, link, kind }.
export function say({ title, detail, errors, link, kind }) {
  if (kind !== 'notice') saidAt = performance.now();
  const message = Object.assign(document.createElement('section'), { className: kind ?? 'refusal' });
  const said = detail ?? title ?? 'The server refused this.';
  message.append(line('strong', said));
  const reasons = [...new Set(Object.values(errors ?? {}).flat())].filter(reason => reason !== said);
  if (reasons.length > 0) {
    const list = document.createElement('ul');
    list.append(...reasons.map(reason => line('li', reason)));
    message.append(list);
  }
  if (link) message.append(Object.assign(line('a', link.text), { href: link.href, className: 'button slim' }));
  const close = Object.assign(line('button', 'Close'), { type: 'button', className: 'button slim' });
  close.addEventListener('click', () => message.remove());
  message.append(close);
  // The same words again replace the older ones: Studio saves twice a second.
  [...messages.children].filter(other => other.textContent === message.textContent).forEach(other => other.remove());
  messages.append(message);
}

export function line(tagName, text) {
  const element = document.createElement(tagName);
  element.textContent = text;
  return element;
}

// Blazor raises its red bar for every answer that Studio did not expect; after words of ours it would only frighten.
function keepRedBarForSurprises() {
  const bar = document.getElementById('blazor-error-ui');
  new MutationObserver(() => {
    if (bar.style.display === 'block' && performance.now() - saidAt < 3000) bar.style.display = 'none';
  }).observe(bar, { attributes: true, attributeFilter: ['style'] });
}
