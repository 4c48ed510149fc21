-- A sensor may give its slot back between two pokes, and a task may be deferred: the attempt stays open and goes on, with its try number and its log, when it is claimed next.

ALTER TABLE pipelines.task_instance DROP CONSTRAINT task_instance_state_check;
ALTER TABLE pipelines.task_instance ADD CONSTRAINT task_instance_state_check CHECK (state IN ('none', 'scheduled', 'queued', 'running', 'up_for_retry',
    'up_for_reschedule', 'deferred', 'restarting', 'success', 'failed', 'skipped', 'upstream_failed', 'removed'));
ALTER TABLE pipelines.task_instance DROP CONSTRAINT task_instance_check4;
ALTER TABLE pipelines.task_instance ADD CONSTRAINT task_instance_check4
    CHECK (state NOT IN ('scheduled', 'queued', 'running', 'restarting', 'up_for_retry', 'up_for_reschedule', 'deferred') OR try_number >= 1);
ALTER TABLE pipelines.task_instance ADD COLUMN reschedule_date timestamptz;
ALTER TABLE pipelines.task_instance ADD COLUMN first_reschedule timestamptz;
ALTER TABLE pipelines.task_instance ADD COLUMN attempt_goes_on boolean NOT NULL DEFAULT false;
ALTER TABLE pipelines.task_instance ADD CHECK ((state = 'up_for_reschedule') = (reschedule_date IS NOT NULL));
ALTER TABLE pipelines.task_instance ADD CHECK (state NOT IN ('up_for_reschedule', 'deferred') OR attempt_goes_on);

ALTER TABLE pipelines.task_attempt DROP CONSTRAINT task_attempt_state_check;
ALTER TABLE pipelines.task_attempt ADD CONSTRAINT task_attempt_state_check CHECK (state IN ('running', 'up_for_reschedule', 'deferred', 'success', 'failed', 'skipped'));
ALTER TABLE pipelines.task_attempt DROP CONSTRAINT task_attempt_check;
ALTER TABLE pipelines.task_attempt ADD CONSTRAINT task_attempt_check CHECK ((state IN ('running', 'up_for_reschedule', 'deferred')) = (end_date IS NULL));

-- What a deferred task waits for, from the end of its attempt's first part until it ends.
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
