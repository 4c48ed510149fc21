-- A task that went by the fast lane gets its Hangfire job a moment after its end; here the tick finds those whose worker died before.

CREATE INDEX task_instance_unrecorded ON pipelines.task_instance (id) WHERE hangfire_job_id IS NULL AND token > 0;
