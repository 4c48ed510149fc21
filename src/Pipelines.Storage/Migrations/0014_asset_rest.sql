-- Runs by their date, for a task that reads what an earlier run has passed on.
CREATE INDEX dag_run_date ON pipelines.dag_run (dag_id, (coalesce(logical_date, run_after)) DESC, id DESC);

-- By which alias an update came.
ALTER TABLE pipelines.asset_event ADD COLUMN source_alias text CHECK (length(source_alias) BETWEEN 1 AND 1500);
CREATE INDEX asset_event_alias ON pipelines.asset_event (source_alias, created_at) WHERE source_alias IS NOT NULL;

-- A DAG that waits for assets is looked at only when something has changed.
ALTER TABLE pipelines.asset_dag_run_queue ADD COLUMN is_new boolean NOT NULL DEFAULT true;
CREATE INDEX asset_dag_run_queue_new ON pipelines.asset_dag_run_queue (dag_id) WHERE is_new;

-- Which pools DAGs name, and whether deferred tasks keep their slots.
CREATE TABLE pipelines.dag_pool (
    dag_id text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    pool   text NOT NULL,
    PRIMARY KEY (dag_id, pool)
);
ALTER TABLE pipelines.pool ADD COLUMN include_deferred boolean NOT NULL DEFAULT false;
CREATE INDEX task_instance_deferred ON pipelines.task_instance (pool) WHERE state = 'deferred';

-- What schedulers look at to update assets.
CREATE TABLE pipelines.asset_watcher (
    dag_id        text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    asset_id      bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 250),
    activity      text NOT NULL,
    inputs        json NOT NULL,
    every         interval NOT NULL CHECK (every >= '1 second'),
    look_at       timestamptz NOT NULL,
    looking_until timestamptz,
    seen          text,
    error         text,
    PRIMARY KEY (dag_id, asset_id, name)
);
CREATE INDEX asset_watcher_due ON pipelines.asset_watcher (look_at);
CREATE INDEX asset_watcher_asset ON pipelines.asset_watcher (asset_id);
