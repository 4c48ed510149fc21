-- Callbacks that are owed: written with the end that calls for them, deleted when every notifier has told or was given up. moment: how things were then. todo: the
-- places of notifiers that have not told yet, in the list of the DAG's version. due_at: when a worker may take it; whoever has taken it puts that off while
-- it is at work. claim: grows whenever it is taken, so that who was too slow changes nothing more. token: of the attempt whose log tells of it; null: it is the DAG's.
CREATE TABLE pipelines.callback (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_run_id       bigint NOT NULL REFERENCES pipelines.dag_run ON DELETE CASCADE,
    task_instance_id bigint REFERENCES pipelines.task_instance ON DELETE CASCADE,
    token            bigint,
    dag_version_id   bigint NOT NULL,
    moment           json NOT NULL,
    todo             integer[] NOT NULL CHECK (cardinality(todo) > 0),
    queue            text,
    tries            integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at           timestamptz NOT NULL,
    claim            bigint NOT NULL DEFAULT 0,
    CHECK ((task_instance_id IS NULL) = (token IS NULL))
);
CREATE INDEX callback_due ON pipelines.callback (due_at);
CREATE INDEX callback_run ON pipelines.callback (dag_run_id);
CREATE INDEX callback_task ON pipelines.callback (task_instance_id) WHERE task_instance_id IS NOT NULL;
