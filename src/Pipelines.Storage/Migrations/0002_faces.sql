-- What the faces need: the Author permission, drafts of the designer, and backfills that run a part of the tasks or start later.

ALTER TABLE pipelines.app_user ADD COLUMN is_author boolean NOT NULL DEFAULT false;
UPDATE pipelines.app_user SET is_author = true WHERE role = 'admin';

CREATE TABLE pipelines.dag_draft (
    dag_id     text PRIMARY KEY CHECK (dag_id ~ '^[A-Za-z0-9._-]{1,250}$'),
    base_hash  text CHECK (base_hash ~ '^[0-9a-f]{64}$'),
    file_text  text NOT NULL,
    revision   bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
    saved_by   text NOT NULL,
    saved_at   timestamptz NOT NULL
);

ALTER TABLE pipelines.dag_version ADD COLUMN published_by text;

ALTER TABLE pipelines.backfill ADD COLUMN task_ids text[] NOT NULL DEFAULT '{}';
ALTER TABLE pipelines.backfill ADD COLUMN start_at timestamptz;
ALTER TABLE pipelines.backfill ADD COLUMN cancelled_by text;

CREATE INDEX event_log_dag ON pipelines.event_log (dag_id, id DESC) WHERE dag_id IS NOT NULL;

-- What ended of late, for the start page's counts.
CREATE INDEX dag_run_ended ON pipelines.dag_run (end_date) WHERE end_date IS NOT NULL;
