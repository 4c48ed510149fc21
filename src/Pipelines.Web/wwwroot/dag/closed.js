// Which groups of a DAG a person keeps closed, remembered in the browser.

/** A set of row keys; keep() remembers it. */
export function closedGroups(page) {
  const key = `pipelines-closed ${page}`;
  let kept = [];
  try { kept = JSON.parse(localStorage.getItem(key) ?? '[]'); } catch { /* A browser may refuse to remember. */ }
  const closed = new Set(Array.isArray(kept) ? kept : []);
  closed.keep = () => { try { localStorage.setItem(key, JSON.stringify([...closed])); } catch { /* As above. */ } };
  return closed;
}
