// The two drawings of a DAG as elements. Each is loaded when a page first shows one, also before Blazor's circuit is up.
const drawings = { 'dag-grid': () => import('./grid.js'), 'dag-graph': () => import('./graph.js') };

for (const [name, load] of Object.entries(drawings)) {
  customElements.define(name, class extends HTMLElement {
    static observedAttributes = ['source', 'run'];

    #drawing = null;

    // Blazor puts the page's own markup into the document twice: as the server sent it, and again when its circuit is up.
    connectedCallback() { this.#restart(); }

    disconnectedCallback() { this.#stop(); }

    attributeChangedCallback(attribute, before, now) {
      if (before !== now && this.#drawing) this.#restart();
    }

    async #restart() {
      this.#stop();
      const mine = this.#drawing = {};
      const { draw } = await load();
      if (this.#drawing === mine) this.#drawing = draw(this);
    }

    #stop() {
      this.#drawing?.close?.();
      this.#drawing = null;
      this.replaceChildren();
    }
  });
}
