-- Runs by their date, for a task that reads what an earlier run has passed on.
CREATE INDEX dag_run_date ON pipelines.dag_run (dag_id, (coalesce(logical_date, run_after)) DESC, id DESC);

-- By which alias an update came.
ALTER TABLE pipelines.asset_event ADD COLUMN source_alias text CHECK (length(source_alias) BETWEEN 1 AND 1500);
CREATE INDEX asset_event_alias ON pipelines.asset_event (source_alias, created_at) WHERE source_alias IS NOT NULL;
