-- A task may take several slots of its pool, and may have limits of its own. priority_weight is from now on what the task's weight rule makes of it.

ALTER TABLE pipelines.task_instance ADD COLUMN pool_slots integer NOT NULL DEFAULT 1 CHECK (pool_slots >= 1);
ALTER TABLE pipelines.task_instance ADD COLUMN max_active_tis_per_dag integer CHECK (max_active_tis_per_dag >= 1);
ALTER TABLE pipelines.task_instance ADD COLUMN max_active_tis_per_dagrun integer CHECK (max_active_tis_per_dagrun >= 1);
