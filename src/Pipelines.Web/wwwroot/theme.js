// Sets the theme before the first paint: what the person chose last, else what the system prefers. The switch calls pipelinesTheme().
(() => {
  const key = 'pipelines-theme';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const apply = () => { document.documentElement.dataset.theme = chosen() ?? (system.matches ? 'dark' : 'light'); };
  system.addEventListener('change', apply);
  apply();
  document.addEventListener('click', event => {
    if (!event.target.closest?.('[data-theme-switch]')) return;
    try { localStorage.setItem(key, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'); } catch { return; }
    apply();
  });
})();
