-- Redshift's functions and system tables, as far as LocalCloud has them. Installed in pg_catalog, so that they are found whatever the search path.
-- Run at every start of the endpoint; every statement may run again.
SELECT pg_advisory_xact_lock(7304116219301);
SET LOCAL allow_system_table_mods = on;
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS localcloud;
CREATE SEQUENCE IF NOT EXISTS localcloud.query_ids START 1000;
CREATE UNLOGGED TABLE IF NOT EXISTS localcloud.last_copy (session int PRIMARY KEY, query bigint NOT NULL, rows bigint NOT NULL);
-- Process ids of an earlier run mean nothing.
TRUNCATE localcloud.last_copy;
CREATE TABLE IF NOT EXISTS localcloud.load_errors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tbl int NOT NULL, starttime timestamp NOT NULL, session int NOT NULL, query bigint NOT NULL,
    filename text NOT NULL, line_number bigint NOT NULL, colname text NOT NULL, type text NOT NULL, col_length text NOT NULL, position int NOT NULL,
    raw_line text NOT NULL, raw_field_value text NOT NULL, err_code int NOT NULL, err_reason text NOT NULL, database_name text NOT NULL);
GRANT USAGE ON SCHEMA localcloud TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA localcloud TO PUBLIC;

CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '$REDSHIFT_VERSION$' $$;

CREATE OR REPLACE FUNCTION pg_catalog.pg_last_copy_id() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT coalesce((SELECT query FROM localcloud.last_copy WHERE session = pg_backend_pid()), -1) $$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT coalesce((SELECT rows FROM localcloud.last_copy WHERE session = pg_backend_pid()), 0) $$;

CREATE OR REPLACE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS
$$ SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC') $$;
CREATE OR REPLACE FUNCTION pg_catalog.len(text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT length($1) $$;
CREATE OR REPLACE FUNCTION pg_catalog.charindex(text, text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT strpos($2, $1) $$;
CREATE OR REPLACE FUNCTION pg_catalog.nvl2(anyelement, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END $$;
CREATE OR REPLACE FUNCTION pg_catalog.last_day(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (date_trunc('month', $1) + interval '1 month' - interval '1 day')::date $$;
CREATE OR REPLACE FUNCTION pg_catalog.trunc(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::date $$;
CREATE OR REPLACE FUNCTION pg_catalog.add_months(timestamp, bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT $1 + make_interval(months => $2::int) $$;
CREATE OR REPLACE FUNCTION pg_catalog.convert_timezone(text, timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
$$ SELECT ($2 AT TIME ZONE 'UTC') AT TIME ZONE $1 $$;
CREATE OR REPLACE FUNCTION pg_catalog.convert_timezone(text, text, timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
$$ SELECT ($3 AT TIME ZONE $1) AT TIME ZONE $2 $$;

CREATE OR REPLACE FUNCTION pg_catalog.dateadd(text, bigint, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT $3 + $2 * (CASE
    WHEN lower($1) IN ('year', 'years', 'yr', 'yrs', 'y') THEN interval '1 year'
    WHEN lower($1) IN ('quarter', 'quarters', 'qtr', 'qtrs') THEN interval '3 months'
    WHEN lower($1) IN ('month', 'months', 'mon', 'mons') THEN interval '1 month'
    WHEN lower($1) IN ('week', 'weeks', 'w') THEN interval '1 week'
    WHEN lower($1) IN ('day', 'days', 'd') THEN interval '1 day'
    WHEN lower($1) IN ('hour', 'hours', 'hr', 'hrs', 'h') THEN interval '1 hour'
    WHEN lower($1) IN ('minute', 'minutes', 'min', 'mins', 'm') THEN interval '1 minute'
    WHEN lower($1) IN ('second', 'seconds', 'sec', 'secs', 's') THEN interval '1 second'
    WHEN lower($1) IN ('millisecond', 'milliseconds', 'msec', 'msecs', 'ms') THEN interval '1 millisecond'
    ELSE ('1 ' || $1)::interval END) $$;

-- DATEDIFF counts the boundaries between two moments, not the time between them.
CREATE OR REPLACE FUNCTION pg_catalog.datediff(text, timestamp, timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT CASE
    WHEN lower($1) IN ('year', 'years', 'yr', 'yrs', 'y') THEN extract(year FROM $3)::bigint - extract(year FROM $2)::bigint
    WHEN lower($1) IN ('quarter', 'quarters', 'qtr', 'qtrs') THEN (extract(year FROM $3) * 4 + extract(quarter FROM $3))::bigint - (extract(year FROM $2) * 4 + extract(quarter FROM $2))::bigint
    WHEN lower($1) IN ('month', 'months', 'mon', 'mons') THEN (extract(year FROM $3) * 12 + extract(month FROM $3))::bigint - (extract(year FROM $2) * 12 + extract(month FROM $2))::bigint
    -- Redshift's weeks start on Sunday.
    WHEN lower($1) IN ('week', 'weeks', 'w') THEN (date_trunc('week', $3 + interval '1 day')::date - date_trunc('week', $2 + interval '1 day')::date) / 7
    WHEN lower($1) IN ('day', 'days', 'd') THEN $3::date - $2::date
    WHEN lower($1) IN ('hour', 'hours', 'hr', 'hrs', 'h') THEN (extract(epoch FROM date_trunc('hour', $3) - date_trunc('hour', $2)) / 3600)::bigint
    WHEN lower($1) IN ('minute', 'minutes', 'min', 'mins', 'm') THEN (extract(epoch FROM date_trunc('minute', $3) - date_trunc('minute', $2)) / 60)::bigint
    WHEN lower($1) IN ('second', 'seconds', 'sec', 'secs', 's') THEN extract(epoch FROM date_trunc('second', $3) - date_trunc('second', $2))::bigint
    WHEN lower($1) IN ('millisecond', 'milliseconds', 'msec', 'msecs', 'ms') THEN (extract(epoch FROM date_trunc('milliseconds', $3) - date_trunc('milliseconds', $2)) * 1000)::bigint
    ELSE extract(epoch FROM ($3 - $2) / extract(epoch FROM ('1 ' || $1)::interval))::bigint END $$;

CREATE OR REPLACE VIEW pg_catalog.stl_load_errors AS
SELECT 100 AS userid, 0 AS slice, tbl, starttime, session, query::int AS query, filename::char(256) AS filename, line_number, colname::char(127) AS colname,
       type::char(10) AS type, col_length::char(10) AS col_length, position, raw_line::char(1024) AS raw_line, raw_field_value::char(1024) AS raw_field_value,
       err_code, err_reason::char(100) AS err_reason
FROM localcloud.load_errors;

CREATE OR REPLACE VIEW pg_catalog.sys_load_error_detail AS
SELECT 100 AS user_id, query AS query_id, query AS transaction_id, session AS session_id, database_name::char(64) AS database_name, tbl AS table_id, starttime AS start_time,
       filename::char(256) AS file_name, line_number, colname::char(127) AS column_name, type::char(10) AS column_type, col_length::char(10) AS column_length,
       position, err_code AS error_code, err_reason::char(512) AS error_message
FROM localcloud.load_errors;

CREATE OR REPLACE VIEW pg_catalog.localcloud_columns AS
SELECT n.nspname, c.relname, a.attname, a.attnum, a.attnotnull, t.typname, a.atttypmod, a.atthasdef, pg_get_expr(d.adbin, d.adrelid) AS attdefault,
       CASE WHEN t.typname = 'jsonb' THEN 'super' WHEN t.typname = 'bytea' THEN 'binary varying' ELSE format_type(a.atttypid, NULL) END AS data_type,
       CASE WHEN t.typname = 'jsonb' THEN 'super' WHEN t.typname = 'bytea' THEN 'binary varying(64000)' ELSE format_type(a.atttypid, a.atttypmod) END AS full_type
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'localcloud');

CREATE OR REPLACE VIEW pg_catalog.pg_table_def AS
SELECT nspname AS schemaname, relname AS tablename, attname AS "column", full_type AS type, 'none'::char(32) AS encoding, false AS distkey, 0 AS sortkey, attnotnull AS "notnull"
FROM localcloud_columns WHERE nspname = ANY (current_schemas(false));

CREATE OR REPLACE VIEW pg_catalog.svv_columns AS
SELECT current_database()::name AS table_catalog, nspname AS table_schema, relname AS table_name, attname AS column_name, attnum::int AS ordinal_position, attdefault AS column_default,
       CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, data_type,
       CASE WHEN typname IN ('varchar', 'bpchar') AND atttypmod > 4 THEN atttypmod - 4 END AS character_maximum_length,
       CASE WHEN typname = 'numeric' AND atttypmod > 4 THEN ((atttypmod - 4) >> 16) & 65535 WHEN typname = 'int2' THEN 16 WHEN typname = 'int4' THEN 32 WHEN typname = 'int8' THEN 64 END AS numeric_precision,
       CASE WHEN typname = 'numeric' AND atttypmod > 4 THEN (atttypmod - 4) & 2047 WHEN typname IN ('int2', 'int4', 'int8') THEN 0 END AS numeric_scale,
       ''::text AS remarks
FROM localcloud_columns;

CREATE OR REPLACE VIEW pg_catalog.svv_table_info AS
SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid AS table_id, c.relname::text AS "table", 'N'::text AS encoded, 'AUTO(ALL)'::text AS diststyle, NULL::text AS sortkey1,
       (pg_total_relation_size(c.oid) + 1048575) / 1048576 AS size, greatest(c.reltuples, 0)::numeric(38, 0) AS tbl_rows
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'localcloud') AND n.nspname NOT LIKE 'pg\_%';
