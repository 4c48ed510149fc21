-- A failure part by part (table, column, row, value, cause, fix) beside its message.

ALTER TABLE pipelines.task_attempt ADD COLUMN error_facts json;
ALTER TABLE pipelines.task_attempt ADD CHECK (error_facts IS NULL OR error IS NOT NULL);
