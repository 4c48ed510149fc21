// The bar of the run viewer: which run this is, with links to our own pages of it.
import { line, whenShown } from './answers.js';

export function showRun(instanceId) {
  whenShown(run => {
    if (run.id !== instanceId || !run.definitionId) return;
    const dag = document.querySelector('[data-run-dag]');
    dag.textContent = run.definitionId;
    dag.href = `/dags/${encodeURIComponent(run.definitionId)}`;
    const name = run.name ?? run.correlationId;
    if (!name) return;
    const page = document.querySelector('[data-run-page]');
    page.replaceChildren(line('span', name));
    page.href = `${dag.href}/runs/${encodeURIComponent(name)}`;
    page.hidden = false;
    document.title = `${name} · ${run.definitionId} · Pipelines`;
  });
}
