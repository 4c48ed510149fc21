-- A sensor may give its slot back between two pokes: its attempt stays open and goes on, with its try number and its log, when it is claimed next.

ALTER TABLE pipelines.task_instance DROP CONSTRAINT task_instance_state_check;
ALTER TABLE pipelines.task_instance ADD CONSTRAINT task_instance_state_check CHECK (state IN ('none', 'scheduled', 'queued', 'running', 'up_for_retry',
    'up_for_reschedule', 'restarting', 'success', 'failed', 'skipped', 'upstream_failed', 'removed'));
ALTER TABLE pipelines.task_instance DROP CONSTRAINT task_instance_check4;
ALTER TABLE pipelines.task_instance ADD CONSTRAINT task_instance_check4
    CHECK (state NOT IN ('scheduled', 'queued', 'running', 'restarting', 'up_for_retry', 'up_for_reschedule') OR try_number >= 1);
ALTER TABLE pipelines.task_instance ADD COLUMN reschedule_date timestamptz;
ALTER TABLE pipelines.task_instance ADD COLUMN first_reschedule timestamptz;
ALTER TABLE pipelines.task_instance ADD COLUMN attempt_goes_on boolean NOT NULL DEFAULT false;
ALTER TABLE pipelines.task_instance ADD CHECK ((state = 'up_for_reschedule') = (reschedule_date IS NOT NULL));
ALTER TABLE pipelines.task_instance ADD CHECK (state <> 'up_for_reschedule' OR (attempt_goes_on AND first_reschedule IS NOT NULL));

ALTER TABLE pipelines.task_attempt DROP CONSTRAINT task_attempt_state_check;
ALTER TABLE pipelines.task_attempt ADD CONSTRAINT task_attempt_state_check CHECK (state IN ('running', 'up_for_reschedule', 'success', 'failed', 'skipped'));
ALTER TABLE pipelines.task_attempt DROP CONSTRAINT task_attempt_check;
ALTER TABLE pipelines.task_attempt ADD CONSTRAINT task_attempt_check CHECK ((state IN ('running', 'up_for_reschedule')) = (end_date IS NULL));
