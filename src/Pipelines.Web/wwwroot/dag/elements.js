// The two drawings of a DAG as elements. Each is loaded when a page first shows one, also before Blazor's circuit is up.
const drawings = { 'dag-grid': () => import('./grid.js'), 'dag-graph': () => import('./graph.js') };

// Blazor puts a page into the document twice: as the server sent it, and again when its circuit is up. The second element takes over
// the drawing of the first one, so that nothing flickers and nobody loses the place.
const left = new Map();
const longestLeft = 1000;

for (const [name, load] of Object.entries(drawings)) {
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ['source', 'run'];

    #work = null;

    get #key() { return `${name} ${this.getAttribute('source')}`; }

    connectedCallback() {
      const work = left.get(this.#key);
      left.delete(this.#key);
      if (work) this.#take(work); else this.#start();
    }

    disconnectedCallback() {
      const [key, work] = [this.#key, this.#work];
      this.#work = null;
      if (!work) return;
      left.set(key, work);
      work.timer = setTimeout(() => { if (left.get(key) === work) left.delete(key); end(work); }, longestLeft);
    }

    attributeChangedCallback(attribute, before, now) {
      if (before === now || !this.#work) return;
      if (attribute === 'run') { this.#work.drawing?.again(); return; }
      end(this.#work);
      this.#start();
    }

    #start() {
      const work = this.#work = { host: document.createElement('div'), drawing: null, ended: false };
      this.replaceChildren(work.host);
      load().then(({ draw }) => {
        if (!work.ended) work.drawing = draw(work.host, attribute => work.host.parentElement?.getAttribute(attribute) ?? null);
      });
    }

    #take(work) {
      clearTimeout(work.timer);
      this.#work = work;
      this.replaceChildren(work.host);
      work.drawing?.again();
    }
  });
}

function end(work) {
  work.ended = true;
  work.drawing?.close();
}
