-- Tasks may ask people, and trigger runs.
ALTER TABLE pipelines.dag_run DROP CONSTRAINT dag_run_triggered_by_check,
    ADD CONSTRAINT dag_run_triggered_by_check CHECK (triggered_by IN ('cli', 'operator', 'rest_api', 'ui', 'test', 'timetable', 'backfill', 'asset'));

-- What an attempt has asked people, and what they answered: kept as long as the attempt.
CREATE TABLE pipelines.hitl_detail (
    attempt_id     bigint PRIMARY KEY REFERENCES pipelines.task_attempt ON DELETE CASCADE,
    subject        text NOT NULL,
    body           text,
    options        text[] NOT NULL CHECK (cardinality(options) >= 1),
    defaults       text[] NOT NULL CHECK (defaults <@ options),
    multiple       boolean NOT NULL,
    params         json NOT NULL,
    assigned_users text[] NOT NULL,
    created_at     timestamptz NOT NULL,
    respond_by     timestamptz,
    responded_at   timestamptz,
    responded_by   text,
    chosen_options text[] CHECK (cardinality(chosen_options) >= 1 AND chosen_options <@ options),
    params_input   json,
    CHECK (num_nulls(responded_at, chosen_options, params_input) IN (0, 3)),
    CHECK (responded_by IS NULL OR responded_at IS NOT NULL)
);
CREATE INDEX hitl_detail_asking ON pipelines.hitl_detail (created_at) WHERE responded_at IS NULL;
CREATE INDEX hitl_detail_answered ON pipelines.hitl_detail (responded_at) WHERE responded_at IS NOT NULL;
