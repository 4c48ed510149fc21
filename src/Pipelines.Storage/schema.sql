-- The whole schema as it is after the last migration, for people to read. A test proves that it equals the sum of Migrations/*.sql.
--
-- Words are Airflow's. Row locks are always taken in this order: dag, dag_run, task_instance; whoever locks a second row of the
-- same table uses SKIP LOCKED, so nobody can wait in a circle. Indexes on states are partial: their size follows the unfinished
-- work, not the history.

CREATE SCHEMA pipelines;

-- Which migrations have run, and the text they ran with.
CREATE TABLE pipelines.schema_migration (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- One row per dag_id ever seen. next_* is the next scheduled run; next_create_after is null when there is none, or while
-- max_active_runs is reached (the tick sets it again when a run has finished). pause_reason: why the scheduler paused it; null: a person did.
CREATE TABLE pipelines.dag (
    dag_id              text PRIMARY KEY CHECK (dag_id ~ '^[A-Za-z0-9._-]{1,250}$'),
    file_name           text NOT NULL,
    description         text,
    timetable_summary   text NOT NULL,
    owner               text NOT NULL,
    tags                text[] NOT NULL DEFAULT '{}',
    max_active_runs     integer NOT NULL CHECK (max_active_runs >= 1),
    is_paused           boolean NOT NULL,
    is_stale            boolean NOT NULL DEFAULT false,
    current_version_id  bigint,
    next_logical_date   timestamptz,
    next_interval_start timestamptz,
    next_interval_end   timestamptz,
    next_run_after      timestamptz,
    next_create_after   timestamptz,
    display_name        text,
    CHECK (num_nulls(next_logical_date, next_interval_start, next_interval_end, next_run_after) IN (0, 4)),
    CHECK (next_interval_start <= next_interval_end),
    pause_reason        text,
    CHECK (next_create_after IS NULL OR next_run_after IS NOT NULL),
    CHECK (pause_reason IS NULL OR is_paused)
);
CREATE INDEX dag_due ON pipelines.dag (next_create_after) WHERE NOT is_paused AND NOT is_stale;

-- A DAG file as it was, with the template files that it uses, texts by name: workers have no DAG folder. It is compiled when it is read, so
-- that a fix of the compiler reaches old versions too.
CREATE TABLE pipelines.dag_version (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id         text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    version_number integer NOT NULL CHECK (version_number >= 1),
    hash           text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    file_text      text NOT NULL,
    created_at     timestamptz NOT NULL,
    published_by   text,
    template_files json NOT NULL DEFAULT '{}',
    UNIQUE (dag_id, version_number)
);
ALTER TABLE pipelines.dag ADD FOREIGN KEY (current_version_id) REFERENCES pipelines.dag_version;

-- What somebody edits in the designer and has not published: one per DAG. base_hash is SHA-256 of the text of the file that it
-- started from (null: there was none), so that publishing over a file that has changed since is refused. revision grows with each save.
CREATE TABLE pipelines.dag_draft (
    dag_id     text PRIMARY KEY CHECK (dag_id ~ '^[A-Za-z0-9._-]{1,250}$'),
    base_hash  text CHECK (base_hash ~ '^[0-9a-f]{64}$'),
    file_text  text NOT NULL,
    revision   bigint NOT NULL DEFAULT 1 CHECK (revision >= 1),
    saved_by   text NOT NULL,
    saved_at   timestamptz NOT NULL
);

-- What is wrong with the files of the DAG folder now; every error of a file, with its place.
CREATE TABLE pipelines.import_error (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_name  text NOT NULL,
    json_path  text NOT NULL,
    line       integer NOT NULL,
    column_no  integer,
    message    text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX import_error_file ON pipelines.import_error (file_name);

-- task_ids: the only tasks its runs have; empty: all. No run of it starts before start_at (null: at once).
CREATE TABLE pipelines.backfill (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id             text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    from_date          timestamptz NOT NULL,
    to_date            timestamptz NOT NULL,
    max_active_runs    integer NOT NULL CHECK (max_active_runs >= 1),
    run_backwards      boolean NOT NULL,
    reprocess_behavior text NOT NULL CHECK (reprocess_behavior IN ('none', 'failed', 'completed')),
    conf               json NOT NULL DEFAULT '{}',
    is_paused          boolean NOT NULL DEFAULT false,
    created_by         text NOT NULL,
    created_at         timestamptz NOT NULL,
    completed_at       timestamptz,
    task_ids           text[] NOT NULL DEFAULT '{}',
    start_at           timestamptz,
    cancelled_by       text,
    CHECK (from_date <= to_date)
);
-- At most one unfinished backfill per DAG.
CREATE UNIQUE INDEX backfill_unfinished ON pipelines.backfill (dag_id) WHERE completed_at IS NULL;

-- wake_at is the moment at which the run wants to be planned again; null while only events can change it.
CREATE TABLE pipelines.dag_run (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id              text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    run_id              text NOT NULL CHECK (length(run_id) BETWEEN 1 AND 250),
    run_type            text NOT NULL CHECK (run_type IN ('scheduled', 'manual', 'backfill', 'asset_triggered', 'asset_materialization')),
    state               text NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed')),
    logical_date        timestamptz,
    interval_start      timestamptz,
    interval_end        timestamptz,
    run_after           timestamptz NOT NULL,
    triggered_by        text NOT NULL CHECK (triggered_by IN ('cli', 'operator', 'rest_api', 'ui', 'test', 'timetable', 'backfill', 'asset')),
    triggering_user     text,
    conf                json NOT NULL DEFAULT '{}',
    note                text,
    backfill_id         bigint REFERENCES pipelines.backfill ON DELETE SET NULL,
    dag_version_id      bigint NOT NULL REFERENCES pipelines.dag_version,
    max_active_tasks    integer NOT NULL CHECK (max_active_tasks >= 1),
    queued_at           timestamptz NOT NULL,
    start_date          timestamptz,
    end_date            timestamptz,
    reason              text,
    wake_at             timestamptz,
    clear_number        integer NOT NULL DEFAULT 0,
    UNIQUE (dag_id, run_id),
    UNIQUE (dag_id, logical_date),
    CHECK (num_nulls(logical_date, interval_start, interval_end) IN (0, 3)),
    CHECK (interval_start <= interval_end),
    CHECK (state <> 'queued' OR (start_date IS NULL AND end_date IS NULL)),
    CHECK (state <> 'running' OR (start_date IS NOT NULL AND end_date IS NULL)),
    CHECK (state IN ('queued', 'running') OR (end_date IS NOT NULL AND wake_at IS NULL))
);
CREATE INDEX dag_run_newest ON pipelines.dag_run (dag_id, run_after DESC, id DESC);
CREATE INDEX dag_run_date ON pipelines.dag_run (dag_id, (coalesce(logical_date, run_after)) DESC, id DESC);
CREATE INDEX dag_run_unfinished ON pipelines.dag_run (dag_id, state, run_after) WHERE state IN ('queued', 'running');
CREATE INDEX dag_run_wake ON pipelines.dag_run (wake_at) WHERE state = 'running';
CREATE INDEX dag_run_backfill ON pipelines.dag_run (backfill_id) WHERE backfill_id IS NOT NULL;
CREATE INDEX dag_run_ended ON pipelines.dag_run (end_date) WHERE end_date IS NOT NULL;
CREATE INDEX dag_run_version ON pipelines.dag_run (dag_version_id);
CREATE INDEX dag_run_asset_triggered ON pipelines.dag_run (dag_id, run_after DESC) WHERE run_type = 'asset_triggered';
CREATE INDEX dag_run_automated ON pipelines.dag_run (dag_id, logical_date) WHERE run_type <> 'manual' AND logical_date IS NOT NULL;

-- That a task has ended which the runs of later logical dates may wait for, until the tick has had them planned. Rows are only added and taken
-- away, so that who reports a task waits for nobody who holds another run.
CREATE TABLE pipelines.past_change (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id       text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    logical_date timestamptz NOT NULL
);

-- Runs that have failed, of DAGs that pause themselves after some, until the tick has looked at the DAG: who ends a run must not wait for it.
CREATE TABLE pipelines.failed_run (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id       text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    run_id       text NOT NULL,
    max_failures integer NOT NULL CHECK (max_failures >= 1)
);

-- What a backfill decided per logical date: the run it made or took over, or why it made none.
CREATE TABLE pipelines.backfill_dag_run (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backfill_id      bigint NOT NULL REFERENCES pipelines.backfill ON DELETE CASCADE,
    dag_run_id       bigint REFERENCES pipelines.dag_run ON DELETE CASCADE,
    logical_date     timestamptz NOT NULL,
    sort_ordinal     integer NOT NULL CHECK (sort_ordinal >= 1),
    exception_reason text CHECK (exception_reason IN ('in flight', 'already exists')),
    UNIQUE (backfill_id, logical_date),
    CHECK ((dag_run_id IS NULL) = (exception_reason IS NOT NULL))
);
CREATE INDEX backfill_dag_run_run ON pipelines.backfill_dag_run (dag_run_id);

CREATE TABLE pipelines.pool (
    name        text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 256),
    slots       integer NOT NULL CHECK (slots >= -1),
    description text,
    include_deferred boolean NOT NULL DEFAULT false
);
INSERT INTO pipelines.pool (name, slots, description) VALUES ('default_pool', 128, 'Default pool');

-- Which pools the tasks of a DAG name.
CREATE TABLE pipelines.dag_pool (
    dag_id text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    pool   text NOT NULL,
    PRIMARY KEY (dag_id, pool)
);

-- What is without effect in a DAG's file, for people.
CREATE TABLE pipelines.dag_file_warning (
    dag_id  text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    ordinal integer NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (dag_id, ordinal)
);

-- token grows with every claim: a worker may only write under the token it was given. is_backfill and logical_date are the run's, copied
-- when the task was last scheduled. priority_weight is what the task's weight rule makes of it. handed_at is the last time the queued task
-- was given to Hangfire; the tick gives it again when nobody claimed it for long. attempt_goes_on: the next claim does not begin an attempt,
-- the latest one goes on (a sensor between two pokes, a deferred task). first_reschedule: when the first attempt began that was rescheduled since the last clear.
-- map_index is -1 for a task that is not mapped, or not yet expanded; rendered_map_index is what people call a mapped one.
CREATE TABLE pipelines.task_instance (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_run_id      bigint NOT NULL REFERENCES pipelines.dag_run ON DELETE CASCADE,
    task_id         text NOT NULL CHECK (length(task_id) BETWEEN 1 AND 250),
    map_index       integer NOT NULL DEFAULT -1 CHECK (map_index >= -1),
    operator        text NOT NULL,
    state           text NOT NULL DEFAULT 'none' CHECK (state IN ('none', 'scheduled', 'queued', 'running', 'up_for_retry',
                        'up_for_reschedule', 'deferred', 'restarting', 'success', 'failed', 'skipped', 'upstream_failed', 'removed')),
    try_number      integer NOT NULL DEFAULT 0 CHECK (try_number >= 0),
    max_tries       integer NOT NULL CHECK (max_tries >= 0),
    token           bigint NOT NULL DEFAULT 0 CHECK (token >= 0),
    worker          text,
    lease_until     timestamptz,
    next_retry_at   timestamptz,
    scheduled_at    timestamptz,
    queued_at       timestamptz,
    handed_at       timestamptz,
    start_date      timestamptz,
    end_date        timestamptz,
    reason          text,
    error           text,
    hangfire_job_id text,
    pool            text NOT NULL,
    priority_weight integer NOT NULL,
    queue           text NOT NULL,
    is_backfill     boolean NOT NULL DEFAULT false,
    logical_date    timestamptz,
    pool_slots      integer NOT NULL DEFAULT 1 CHECK (pool_slots >= 1),
    max_active_tis_per_dag    integer CHECK (max_active_tis_per_dag >= 1),
    max_active_tis_per_dagrun integer CHECK (max_active_tis_per_dagrun >= 1),
    reschedule_date  timestamptz,
    first_reschedule timestamptz,
    attempt_goes_on  boolean NOT NULL DEFAULT false,
    rendered_map_index text CHECK (length(rendered_map_index) <= 250),
    UNIQUE (dag_run_id, task_id, map_index),
    CHECK ((state IN ('running', 'restarting')) = (lease_until IS NOT NULL)),
    CHECK (lease_until IS NULL OR (worker IS NOT NULL AND token >= 1 AND start_date IS NOT NULL)),
    CHECK ((state = 'up_for_retry') = (next_retry_at IS NOT NULL)),
    CHECK ((state = 'queued') = (handed_at IS NOT NULL)),
    CHECK (state NOT IN ('scheduled', 'queued', 'running', 'restarting', 'up_for_retry', 'up_for_reschedule', 'deferred') OR try_number >= 1),
    CHECK (state NOT IN ('success', 'failed', 'skipped', 'upstream_failed') OR end_date IS NOT NULL),
    CHECK ((state = 'up_for_reschedule') = (reschedule_date IS NOT NULL)),
    CHECK (state NOT IN ('up_for_reschedule', 'deferred') OR attempt_goes_on)
);
CREATE INDEX task_instance_scheduled ON pipelines.task_instance (is_backfill, priority_weight DESC, logical_date, id) WHERE state = 'scheduled';
CREATE INDEX task_instance_occupying ON pipelines.task_instance (pool, dag_run_id) WHERE state IN ('queued', 'running', 'restarting');
CREATE INDEX task_instance_deferred ON pipelines.task_instance (pool) WHERE state = 'deferred';
CREATE INDEX task_instance_handed ON pipelines.task_instance (handed_at) WHERE state = 'queued';
CREATE INDEX task_instance_unrecorded ON pipelines.task_instance (id) WHERE hangfire_job_id IS NULL AND token > 0;
CREATE INDEX task_instance_lease ON pipelines.task_instance (lease_until) WHERE state IN ('running', 'restarting');

-- One row per claim that begins an attempt, kept as history when the task is retried or cleared; a claim with which it goes on takes the row over. error_facts: the error part by part, [{"Name", "Value"}].
CREATE TABLE pipelines.task_attempt (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_instance_id bigint NOT NULL REFERENCES pipelines.task_instance ON DELETE CASCADE,
    try_number       integer NOT NULL CHECK (try_number >= 1),
    token            bigint NOT NULL CHECK (token >= 1),
    worker           text NOT NULL,
    hangfire_job_id  text,
    state            text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'up_for_reschedule', 'deferred', 'success', 'failed', 'skipped')),
    start_date       timestamptz NOT NULL,
    end_date         timestamptz,
    error            text,
    progress_rows    bigint NOT NULL DEFAULT 0 CHECK (progress_rows >= 0),
    progress_bytes   bigint NOT NULL DEFAULT 0 CHECK (progress_bytes >= 0),
    progress_files   integer NOT NULL DEFAULT 0 CHECK (progress_files >= 0),
    rendered_inputs  json,
    error_facts      json,
    UNIQUE (task_instance_id, token),
    CHECK ((state IN ('running', 'up_for_reschedule', 'deferred')) = (end_date IS NULL)),
    CHECK (error IS NULL OR state IN ('failed', 'skipped')),
    CHECK (error_facts IS NULL OR error IS NOT NULL)
);

-- What a deferred task waits for, from the end of its attempt's first part until it ends. A scheduler looks at look_at, and has until looking_until;
-- without every nobody looks and it fires then. ended: the wait is over, and the task goes on with what came of it.
CREATE TABLE pipelines.trigger (
    task_instance_id bigint PRIMARY KEY REFERENCES pipelines.task_instance ON DELETE CASCADE,
    arguments        json NOT NULL,
    next_kwargs      json NOT NULL,
    look_at          timestamptz NOT NULL,
    every            interval CHECK (every >= '0'),
    timeout_at       timestamptz,
    looking_until    timestamptz,
    created_at       timestamptz NOT NULL,
    ended            text CHECK (ended IN ('fired', 'failed', 'failed_for_good', 'timed_out')),
    payload          json,
    error            text,
    CHECK (payload IS NULL OR ended = 'fired'),
    CHECK ((error IS NOT NULL) = (ended IS NOT NULL AND ended IN ('failed', 'failed_for_good')))
);
CREATE INDEX trigger_due ON pipelines.trigger (least(look_at, timeout_at)) WHERE ended IS NULL;

-- What an attempt has asked people, and what they answered: kept as long as the attempt. respond_by: when the defaults count, or it fails; responded_by:
-- null in an answer that is the defaults.
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

-- json, not jsonb: a value comes back as it was pushed, also 1.0, 1e400 and \u0000.
CREATE TABLE pipelines.xcom (
    task_instance_id bigint NOT NULL REFERENCES pipelines.task_instance ON DELETE CASCADE,
    key              text NOT NULL CHECK (length(key) BETWEEN 1 AND 512),
    value            json NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (task_instance_id, key)
);

-- A log is a sequence of chunks per attempt; content is one JSON object per line. Old days are dropped as whole partitions; a day
-- without a partition of its own falls into log_chunk_default, so writing never fails for want of one.
CREATE TABLE pipelines.log_chunk (
    day        date NOT NULL,
    attempt_id bigint NOT NULL,
    chunk      integer NOT NULL CHECK (chunk >= 0),
    content    text NOT NULL CHECK (octet_length(content) <= 65536),
    PRIMARY KEY (attempt_id, chunk, day)
) PARTITION BY RANGE (day);
CREATE TABLE pipelines.log_chunk_default PARTITION OF pipelines.log_chunk DEFAULT;

-- password and extra are Fernet tokens.
CREATE TABLE pipelines.connection (
    conn_id     text PRIMARY KEY CHECK (conn_id ~ '^[A-Za-z0-9_.-]{1,200}$'),
    conn_type   text NOT NULL CHECK (conn_type <> ''),
    description text,
    host        text,
    login       text,
    password    text,
    schema      text,
    port        integer CHECK (port BETWEEN 0 AND 65535),
    extra       text
);

-- value is a Fernet token.
CREATE TABLE pipelines.variable (
    key         text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 250),
    value       text NOT NULL,
    description text
);

-- One row: a word that only the installation's Fernet key reads, so that a host with another key sees so when it starts.
CREATE TABLE pipelines.secret_check (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    token   text NOT NULL
);

-- is_author: may edit DAGs in the designer, which is to run code on the workers, so no role but admin has it by itself.
CREATE TABLE pipelines.app_user (
    username      text PRIMARY KEY CHECK (length(username) BETWEEN 1 AND 250),
    password_hash text NOT NULL,
    role          text NOT NULL CHECK (role IN ('admin', 'op', 'user', 'viewer')),
    created_at    timestamptz NOT NULL,
    is_author     boolean NOT NULL DEFAULT false,
    stamp         uuid NOT NULL DEFAULT gen_random_uuid()
);

-- A process of ours, Airflow's job: alive while its heartbeat is fresh.
CREATE TABLE pipelines.job (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_type         text NOT NULL CHECK (job_type IN ('scheduler', 'worker', 'web')),
    hostname         text NOT NULL,
    pid              integer NOT NULL,
    start_date       timestamptz NOT NULL,
    latest_heartbeat timestamptz NOT NULL,
    end_date         timestamptz
);
CREATE INDEX job_heartbeat ON pipelines.job (latest_heartbeat) WHERE end_date IS NULL;

-- Who did what, Airflow's log table.
CREATE TABLE pipelines.event_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logged_at  timestamptz NOT NULL,
    event      text NOT NULL,
    owner      text NOT NULL,
    dag_id     text,
    run_id     text,
    task_id    text,
    map_index  integer,
    extra      text
);
CREATE INDEX event_log_dag ON pipelines.event_log (dag_id, id DESC) WHERE dag_id IS NOT NULL;

-- Name and URI tell an asset from others. It is in use while a DAG that is not stale names it.
CREATE TABLE pipelines.asset (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 1500),
    uri        text NOT NULL CHECK (length(uri) BETWEEN 1 AND 1500),
    group_name text NOT NULL,
    extra      json NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    UNIQUE (name, uri)
);

-- Who names it: a DAG's schedule (task_id is empty), or a task as what it updates or reads.
CREATE TABLE pipelines.dag_asset (
    dag_id   text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    asset_id bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    task_id  text NOT NULL DEFAULT '',
    role     text NOT NULL CHECK (role IN ('schedule', 'outlet', 'inlet')),
    PRIMARY KEY (dag_id, asset_id, role, task_id),
    CHECK ((role = 'schedule') = (task_id = ''))
);
CREATE INDEX dag_asset_asset ON pipelines.dag_asset (asset_id, role);

-- Aliases that a DAG's schedule names.
CREATE TABLE pipelines.dag_asset_alias (
    dag_id text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    alias  text NOT NULL CHECK (length(alias) BETWEEN 1 AND 1500),
    PRIMARY KEY (alias, dag_id)
);

-- What an alias has stood for until now: a task says so while it runs.
CREATE TABLE pipelines.asset_alias_asset (
    alias    text NOT NULL CHECK (length(alias) BETWEEN 1 AND 1500),
    asset_id bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    PRIMARY KEY (alias, asset_id)
);

-- An update, by a task or (source_… null) by a person or a program outside. It outlives the run that it came from.
CREATE TABLE pipelines.asset_event (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id         bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    extra            json NOT NULL DEFAULT '{}',
    source_dag_id    text,
    source_run_id    text,
    source_task_id   text,
    source_map_index integer,
    created_at       timestamptz NOT NULL,
    source_alias     text CHECK (length(source_alias) BETWEEN 1 AND 1500),
    CHECK (num_nulls(source_dag_id, source_run_id, source_task_id, source_map_index) IN (0, 4))
);
CREATE INDEX asset_event_alias ON pipelines.asset_event (source_alias, created_at) WHERE source_alias IS NOT NULL;
CREATE INDEX asset_event_asset ON pipelines.asset_event (asset_id, created_at);

-- Updates that a DAG which waits for the asset has not had a run for; several of one asset are one row, of the latest moment. is_new: the DAG
-- has not been looked at since. Who writes
-- several rows does so in the order of the key and takes no other lock afterwards.
CREATE TABLE pipelines.asset_dag_run_queue (
    dag_id     text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    asset_id   bigint NOT NULL REFERENCES pipelines.asset ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    is_new     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (dag_id, asset_id)
);
CREATE INDEX asset_dag_run_queue_new ON pipelines.asset_dag_run_queue (dag_id) WHERE is_new;

-- The events that a run is about.
CREATE TABLE pipelines.dag_run_asset_event (
    dag_run_id     bigint NOT NULL REFERENCES pipelines.dag_run ON DELETE CASCADE,
    asset_event_id bigint NOT NULL REFERENCES pipelines.asset_event ON DELETE CASCADE,
    PRIMARY KEY (dag_run_id, asset_event_id)
);
CREATE INDEX dag_run_asset_event_event ON pipelines.dag_run_asset_event (asset_event_id);

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

-- What schedulers look at to update assets, by the DAG whose file says so. seen: a hash of what the last look saw, null when it saw nothing;
-- only another one updates the asset. A scheduler looks at look_at, and has until looking_until.
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
