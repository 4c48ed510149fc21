-- A word that only the installation's Fernet key reads: a host with another key sees so when it starts, not when its tasks fail.

CREATE TABLE pipelines.secret_check (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    token   text NOT NULL
);
