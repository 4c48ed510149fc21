-- What is without effect in a DAG's file, for people.
CREATE TABLE pipelines.dag_file_warning (
    dag_id  text NOT NULL REFERENCES pipelines.dag ON DELETE CASCADE,
    ordinal integer NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (dag_id, ordinal)
);
