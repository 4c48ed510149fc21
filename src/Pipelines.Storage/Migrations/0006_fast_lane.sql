-- A task that went by the fast lane gets its Hangfire job a moment after its end; here the tick finds those whose worker died before.
-- And who waits for a slot stands in the order in which slots are granted, so that a grant costs no more when many wait.

CREATE INDEX task_instance_unrecorded ON pipelines.task_instance (id) WHERE hangfire_job_id IS NULL AND token > 0;

ALTER TABLE pipelines.task_instance ADD COLUMN is_backfill boolean NOT NULL DEFAULT false;
ALTER TABLE pipelines.task_instance ADD COLUMN logical_date timestamptz;
UPDATE pipelines.task_instance ti SET is_backfill = r.backfill_id IS NOT NULL, logical_date = r.logical_date
FROM pipelines.dag_run r WHERE r.id = ti.dag_run_id AND ti.state IN ('scheduled', 'queued', 'running');
DROP INDEX pipelines.task_instance_scheduled;
CREATE INDEX task_instance_scheduled ON pipelines.task_instance (is_backfill, priority_weight DESC, logical_date, id) WHERE state = 'scheduled';
