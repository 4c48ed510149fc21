-- Runs by their date, for a task that reads what an earlier run has passed on.
CREATE INDEX dag_run_date ON pipelines.dag_run (dag_id, (coalesce(logical_date, run_after)) DESC, id DESC);
