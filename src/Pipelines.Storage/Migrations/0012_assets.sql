-- Assets: what tasks update and DAGs wait for, the events of their updates, and the runs that these called for.

ALTER TABLE pipelines.dag_run DROP CONSTRAINT dag_run_run_type_check,
    ADD CONSTRAINT dag_run_run_type_check CHECK (run_type IN ('scheduled', 'manual', 'backfill', 'asset_triggered', 'asset_materialization'));
ALTER TABLE pipelines.dag_run DROP CONSTRAINT dag_run_triggered_by_check,
    ADD CONSTRAINT dag_run_triggered_by_check CHECK (triggered_by IN ('cli', 'rest_api', 'ui', 'test', 'timetable', 'backfill', 'asset'));

CREATE TABLE pipelines.asset (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 1500),
    uri        text NOT NULL CHECK (length(uri) BETWEEN 1 AND 1500),
    group_name text NOT NULL,
    extra      json NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    UNIQUE (name, uri)
);
CREATE TABLE pipelines.dag_asset (
    dag_id   text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    asset_id bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    task_id  text NOT NULL DEFAULT '',
    role     text NOT NULL CHECK (role IN ('schedule', 'outlet', 'inlet')),
    PRIMARY KEY (dag_id, asset_id, role, task_id),
    CHECK ((role = 'schedule') = (task_id = ''))
);
CREATE INDEX dag_asset_asset ON pipelines.dag_asset (asset_id, role);
CREATE TABLE pipelines.dag_asset_alias (
    dag_id text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    alias  text NOT NULL CHECK (length(alias) BETWEEN 1 AND 1500),
    PRIMARY KEY (alias, dag_id)
);
CREATE TABLE pipelines.asset_alias_asset (
    alias    text NOT NULL CHECK (length(alias) BETWEEN 1 AND 1500),
    asset_id bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    PRIMARY KEY (alias, asset_id)
);
CREATE TABLE pipelines.asset_event (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id         bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    extra            json NOT NULL DEFAULT '{}',
    source_dag_id    text,
    source_run_id    text,
    source_task_id   text,
    source_map_index integer,
    created_at       timestamptz NOT NULL,
    CHECK (num_nulls(source_dag_id, source_run_id, source_task_id, source_map_index) IN (0, 4))
);
CREATE INDEX asset_event_asset ON pipelines.asset_event (asset_id, created_at);
CREATE TABLE pipelines.asset_dag_run_queue (
    dag_id     text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    asset_id   bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (dag_id, asset_id)
);
CREATE TABLE pipelines.dag_run_asset_event (
    dag_run_id     bigint NOT NULL REFERENCES pipelines.dag_run ON DELETE CASCADE,
    asset_event_id bigint NOT NULL REFERENCES pipelines.asset_event ON DELETE CASCADE,
    PRIMARY KEY (dag_run_id, asset_event_id)
);
CREATE INDEX dag_run_asset_event_event ON pipelines.dag_run_asset_event (asset_event_id);
CREATE INDEX dag_run_asset_triggered ON pipelines.dag_run (dag_id, run_after DESC) WHERE run_type = 'asset_triggered';
