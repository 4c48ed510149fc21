-- A DAG may have a name for people besides its id.

ALTER TABLE pipelines.dag ADD COLUMN display_name text;
