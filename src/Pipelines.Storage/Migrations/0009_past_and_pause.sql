-- Tasks may depend on the run before theirs: that a task of a run has ended, for the runs after it, until the tick has had them planned. Rows
-- are only added and taken away, so that who reports a task waits for nobody who holds another run.

CREATE TABLE pipelines.past_change (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id       text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    logical_date timestamptz NOT NULL
);

-- The run before one, of a DAG with catchup, which passes over what people made by hand, however many there are.
CREATE INDEX dag_run_automated ON pipelines.dag_run (dag_id, logical_date) WHERE run_type <> 'manual' AND logical_date IS NOT NULL;

-- A DAG whose last runs have all failed may pause itself. Whoever ends a run holds it, and must not wait for its DAG: so he leaves a row, and
-- the tick looks at the DAG.
CREATE TABLE pipelines.failed_run (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id       text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    run_id       text NOT NULL,
    max_failures integer NOT NULL CHECK (max_failures >= 1)
);

ALTER TABLE pipelines.dag ADD COLUMN pause_reason text CHECK (pause_reason IS NULL OR is_paused);
