-- A backfill's queued runs are asked for their place in it at every tick, and a run that is deleted takes its place with it.
CREATE INDEX backfill_dag_run_run ON pipelines.backfill_dag_run (dag_run_id);
