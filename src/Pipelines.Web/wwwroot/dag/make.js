// Makes elements. A user's text only ever becomes a text node or an attribute's value.

/** An HTML element. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** An SVG element. */
export function svg(tag, attributes = {}) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** The links that lead on when a drawing cannot. */
export function wayOut(kind) {
  if (kind === 'over') return [make('a', { href: `/login?ReturnUrl=${encodeURIComponent(location.pathname + location.search)}` }, 'Sign in again')];
  return kind === 'gone' ? [make('a', { href: '/dags' }, 'All DAGs')] : [];
}

/** How a drawing says in its corner whether it follows what happens. */
export const liveWords = kind => ({ live: '● Live', loading: 'Loading…' })[kind] ?? 'Not live';
