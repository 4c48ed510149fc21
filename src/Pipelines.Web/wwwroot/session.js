// What a page must notice by itself: that the server went away and came back, and that the session has ended meanwhile.
(() => {
  const ask = path => fetch(path, { redirect: 'manual', cache: 'no-store' });

  // Looked at when the person comes back to the page, for that is when it matters; open pages ask for nothing by the clock.
  const checkSession = async () => {
    if (document.visibilityState !== 'visible' || location.pathname === '/login') return;
    try {
      if ((await ask('/ui/session')).status === 401) location.assign(`/login?ended=true&ReturnUrl=${encodeURIComponent(location.pathname + location.search)}`);
    } catch { /* The server is away; the dialog below says so. */ }
  };
  document.addEventListener('visibilitychange', checkSession);
  addEventListener('focus', checkSession);

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
