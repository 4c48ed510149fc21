-- The template files that a version of a DAG uses, texts by name: workers have no DAG folder, and a run keeps what it began with.
ALTER TABLE pipelines.dag_version ADD COLUMN template_files json NOT NULL DEFAULT '{}';
