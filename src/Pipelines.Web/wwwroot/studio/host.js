// Starts Elsa Studio inside our page: tells it where its API is, leads its links to pages of ours, and says what happens meanwhile.
import { drawnAgain, watchAnswers } from './answers.js';
import { startBar } from './bar.js';

const place = document.getElementById('studio');
const starting = document.getElementById('starting');
const { element: tag, id } = place.dataset;

// Studio reads its attributes when it is made.
function makeElement() {
  const element = document.createElement(tag);
  element.setAttribute('remote-endpoint', `${location.origin}/elsa/api`);
  if (tag === 'elsa-workflow-definition-editor') element.setAttribute('definition-id', id);
  if (tag === 'elsa-workflow-instance-viewer') element.setAttribute('instance-id', id);
  place.append(element);
  // Callbacks set before the element is defined would be lost.
  customElements.whenDefined(tag).then(() => {
    element.editWorkflowDefinition = definition => go(`workflows/definitions/${encodeURIComponent(definition)}/edit`);
    element.viewWorkflowInstance = instance => go(`workflows/instances/${encodeURIComponent(instance)}/view`);
  });
  return element;
}

function go(path) {
  location.assign(new URL(path, document.baseURI));
}

// Studio has no router here: after Run it only pushes the viewer's address.
const push = history.pushState;
history.pushState = function (state, unused, url) {
  const { pathname } = new URL(url ?? location.href, document.baseURI);
  const leads = /\/workflows\/(instances\/[^/]+\/view|definitions\/[^/]+\/edit)$/.test(pathname);
  return leads && pathname !== location.pathname ? location.assign(pathname) : push.call(this, state, unused, url);
};

function fail(reason) {
  starting.classList.add('failed');
  starting.setAttribute('role', 'alert');
  starting.replaceChildren(
    words('p', 'The designer could not be started.'),
    words('p', `${reason} Nothing of your work is lost: drafts are kept on the server.`),
    words('p', 'Load the page again. If it stays so, check that the browser allows WebAssembly and that nothing on the way blocks files under /studio/.'));
}

function words(tagName, text) {
  const element = document.createElement(tagName);
  element.textContent = text;
  return element;
}

async function start() {
  watchAnswers();
  const element = makeElement();
  new MutationObserver((_, observer) => {
    if (element.childElementCount === 0) return;
    observer.disconnect();
    starting.hidden = true;
  }).observe(element, { childList: true });
  if (tag === 'elsa-workflow-definition-editor') startBar(id, () => element.setAttribute('definition-id', drawnAgain(id)));
  if (!window.Blazor) throw new Error('Its program _framework/blazor.webassembly.js was not loaded.');
  await window.Blazor.start();
}

start().catch(error => { fail(error?.message ?? `${error}`); });
