-- The newest runs are those of the latest dates: a backfill makes runs of old days today, and they must not hide the live ones.

DROP INDEX pipelines.dag_run_newest;
CREATE INDEX dag_run_newest ON pipelines.dag_run (dag_id, run_after DESC, id DESC);
