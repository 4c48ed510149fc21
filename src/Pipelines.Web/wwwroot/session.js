// What a page must notice by itself: that the server went away and came back, and that the session has ended meanwhile.
(() => {
  const ask = path => fetch(path, { redirect: 'manual', cache: 'no-store' });

  const checkSession = async () => {
    if (location.pathname === '/login') return;
    try {
      if ((await ask('/ui/session')).status === 401) location.assign(`/login?ended=true&ReturnUrl=${encodeURIComponent(location.pathname + location.search)}`);
    } catch { /* The server is away; the dialog below says so. */ }
  };
  // Looked at when the person comes back to the page, for that is when it matters; open pages ask for nothing by the clock.
  const comeBack = () => { if (document.visibilityState === 'visible') checkSession(); };
  document.addEventListener('visibilitychange', comeBack);
  addEventListener('focus', comeBack);

  // Who signs out in one tab must not stay signed in in the others, seen or not: the login page tells them to look.
  const tabs = new BroadcastChannel('pipelines-session');
  tabs.addEventListener('message', checkSession);
  if (location.pathname === '/login') tabs.postMessage('look');

  const dialog = () => document.getElementById('components-reconnect-modal');
  const show = state => {
    dialog().dataset.state = state;
    if (!dialog().open) dialog().showModal();
  };

  // The circuit is gone for good; the page itself is not, so it is loaded again as soon as somebody answers.
  let waiting = false;
  const loadWhenBack = async () => {
    if (waiting) return;
    waiting = true;
    show('away');
    for (;;) {
      try { if ((await ask('/health')).ok) { location.reload(); return; } } catch { /* Still away. */ }
      await new Promise(again => setTimeout(again, 2000));
    }
  };

  document.addEventListener('components-reconnect-state-changed', ({ detail }) => {
    if (detail.state === 'show' || detail.state === 'retrying') show('trying');
    else if (detail.state === 'hide') dialog().close();
    else if (detail.state === 'failed' || detail.state === 'rejected') loadWhenBack();
  }, true);
  document.addEventListener('click', event => { if (event.target.closest?.('[data-load-again]')) location.reload(); });
})();
