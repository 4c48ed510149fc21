// Makes elements. A user's text only ever becomes a text node or an attribute's value.

/** An HTML element. */
export function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** What a drawing says above itself: how its connection is, and what is wrong with the DAG. */
export class Notes {
  constructor() {
    this.live = make('span', { class: 'drawing-state muted small', 'data-testid': 'live' });
    this.banner = make('div', { role: 'alert' });
    this.problem = make('p', { class: 'notice', role: 'alert', hidden: '' });
    this.part = make('div', {}, this.banner, this.problem);
  }

  /** How the connection is. */
  say({ kind, words }) {
    this.live.textContent = { live: '● Live', loading: 'Loading…' }[kind] ?? 'Not live';
    this.live.dataset.kind = kind;
    const isTrouble = kind !== 'live' && kind !== 'loading';
    this.banner.replaceChildren(...(isTrouble ? [make('p', { class: kind === 'lost' ? 'notice' : 'problem' }, words, ' ', ...wayOut(kind))] : []));
  }

  /** What is wrong with the DAG; null: nothing. */
  tell(problem) {
    [this.problem.hidden, this.problem.textContent] = [!problem, problem ?? ''];
  }
}

function wayOut(kind) {
  if (kind === 'over') return [make('a', { href: `/login?ReturnUrl=${encodeURIComponent(location.pathname + location.search)}` }, 'Sign in again')];
  return kind === 'gone' ? [make('a', { href: '/dags' }, 'All DAGs')] : [];
}
