-- RDS's aws_commons and aws_s3 for a PostgreSQL whose S3 is LocalCloud's. {spool} is replaced by a folder that server and LocalCloud share.
-- The query runs with the caller's rights, in the caller's transaction and snapshot. COPY TO a file needs pg_write_server_files, which the
-- role rds_s3_export carries: GRANT rds_s3_export TO … lets a role export (on RDS the same is done by an IAM role of the instance).
DO $$
BEGIN
  CREATE ROLE rds_s3_export NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- roles are shared by all databases
END $$;
GRANT pg_write_server_files TO rds_s3_export;

DROP SCHEMA IF EXISTS aws_s3, aws_commons CASCADE;
CREATE SCHEMA aws_commons;
CREATE SCHEMA aws_s3;

CREATE TYPE aws_commons._s3_uri_1 AS (bucket text, file_path text, region text);
CREATE TYPE aws_commons._aws_credentials_1 AS (access_key text, secret_key text, session_token text);

CREATE FUNCTION aws_commons.create_s3_uri(s3_bucket text, s3_key text, aws_region text) RETURNS aws_commons._s3_uri_1
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(s3_bucket, s3_key, aws_region)::aws_commons._s3_uri_1 $$;

CREATE FUNCTION aws_commons.create_aws_credentials(access_key text, secret_key text, session_token text) RETURNS aws_commons._aws_credentials_1
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(access_key, secret_key, session_token)::aws_commons._aws_credentials_1 $$;

-- One value of a COPY option as an SQL text: a word stays a word, every kind of string literal is decoded and quoted anew.
CREATE FUNCTION aws_s3._option_value(raw text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog SET standard_conforming_strings = on AS $fn$
DECLARE
  body text;
BEGIN
  IF raw LIKE '''%' THEN
    RETURN quote_literal(replace(substr(raw, 2, length(raw) - 2), '''''', ''''));
  ELSIF raw LIKE '$$%' THEN
    RETURN quote_literal(substr(raw, 3, length(raw) - 4));
  ELSIF raw ~* '^e''' THEN
    body := replace(substr(raw, 3, length(raw) - 3), '''''', '''');
    IF body !~ '^([^\\]|\\[tnrbf''\\])*$' THEN
      RAISE EXCEPTION 'aws_s3 does not know the escape in %', raw
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Use \t, \n, \r, \b, \f, \'' or \\, or write the character itself.';
    END IF;
    body := replace(body, '\\', E'\x01');
    body := replace(replace(replace(replace(replace(body, '\t', E'\t'), '\n', E'\n'), '\r', E'\r'), '\b', E'\b'), '\f', E'\f');
    RETURN quote_literal(replace(replace(body, '\''', ''''), E'\x01', '\'));
  END IF;
  RETURN raw; -- a word, *, or a list of names: the patterns of _copy_options leave nothing else
END $fn$;

-- "format csv, header false, null 'x'" checked token by token: only options that COPY TO knows, only one value each.
CREATE FUNCTION aws_s3._copy_options(options text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog SET standard_conforming_strings = on AS $fn$
DECLARE
  rest text := btrim(coalesce(options, ''), E' \t\r\n');
  checked text[] := '{}';
  name text := '([A-Za-z_][A-Za-z0-9_$]*|"([^"]|"")+")';
  pattern text := '^([A-Za-z_]+)(?:\s+(''(?:[^'']|'''')*''|[eE]''(?:[^''\\]|\\.|'''')*''|\$\$(?:[^$]|\$[^$])*\$\$|[A-Za-z0-9_]+|\*|\(\s*' || replace(name, '(', '(?:')
    || '(?:\s*,\s*' || replace(name, '(', '(?:') || ')*\s*\)))?\s*(,\s*(?=\S)|$)';
  found text[];
BEGIN
  WHILE rest <> '' LOOP
    found := regexp_match(rest, pattern);
    IF found IS NULL THEN
      RAISE EXCEPTION 'the export options cannot be read at: %', left(rest, 60)
        USING ERRCODE = 'syntax_error', HINT = 'Write COPY''s options without parentheses, for example: format csv, header false, null ''x''.';
    END IF;
    IF lower(found[1]) <> ALL (ARRAY['format', 'delimiter', 'null', 'header', 'quote', 'escape', 'force_quote', 'encoding']) THEN
      RAISE EXCEPTION 'unknown export option "%"', found[1]
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Known: format, delimiter, null, header, quote, escape, force_quote, encoding.';
    END IF;
    checked := checked || (lower(found[1]) || ' ' || coalesce(aws_s3._option_value(found[2]), ''));
    rest := regexp_replace(rest, pattern, '');
  END LOOP;
  RETURN checked;
END $fn$;

-- LocalCloud's answer to one export, null while there is none. Runs as its owner, because only a superuser may read server files; the id's
-- type keeps it to this folder.
CREATE FUNCTION aws_s3._answer(id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $fn$
BEGIN
  IF pg_stat_file({spool} || '/serving', true) IS NULL THEN
    RAISE EXCEPTION 'aws_s3 has no S3 to write to: LocalCloud, which installed it, was stopped' USING HINT = 'Start LocalCloud again.';
  END IF;
  RETURN pg_read_file({spool} || '/' || id || '.answer', true)::jsonb;
END $fn$;

CREATE FUNCTION aws_s3._tell(id uuid, request jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $fn$
BEGIN
  -- Hex and a last newline: the reader can tell a whole request from one that is being written.
  EXECUTE format('COPY (SELECT %L) TO %L', encode(convert_to(request::text, 'UTF8'), 'hex'), {spool} || '/' || id || '.request');
END $fn$;

CREATE FUNCTION aws_s3.query_export_to_s3(query text, s3_info aws_commons._s3_uri_1, options text DEFAULT NULL, kms_key text DEFAULT NULL,
  OUT rows_uploaded bigint, OUT files_uploaded bigint, OUT bytes_uploaded bigint)
LANGUAGE plpgsql AS $fn$
DECLARE
  id uuid := pg_catalog.gen_random_uuid();
  copy_options text[] := aws_s3._copy_options(options);
  -- A newline ends a trailing comment, so that it cannot swallow the bracket behind the query.
  statement text := pg_catalog.rtrim(query, E'; \t\r\n') || E'\n';
  probe refcursor;
  answer jsonb;
BEGIN
  IF statement IS NULL OR (s3_info).bucket IS NULL OR (s3_info).file_path IS NULL THEN
    RAISE EXCEPTION 'query, bucket and file_path must not be null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  IF coalesce(kms_key, '') <> '' THEN
    RAISE EXCEPTION 'kms_key is not supported: LocalCloud''s S3 does not encrypt' USING ERRCODE = 'feature_not_supported', HINT = 'Leave kms_key out.';
  END IF;
  -- A cursor takes exactly one whole query: text that would close COPY's bracket, or a second statement, fails here.
  OPEN probe FOR EXECUTE statement;
  CLOSE probe;
  BEGIN
    EXECUTE pg_catalog.format('COPY (%s) TO %L', statement, {spool} || '/' || id || '.data')
      || CASE WHEN copy_options = '{}' THEN '' ELSE ' WITH (' || pg_catalog.array_to_string(copy_options, ', ') || ')' END;
    GET DIAGNOSTICS rows_uploaded = ROW_COUNT;
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    IF SQLSTATE <> '42501' THEN -- without the right to write files there is no file
      PERFORM aws_s3._tell(id, '{"discard": true}');
    END IF;
    RAISE;
  END;
  PERFORM aws_s3._tell(id, pg_catalog.jsonb_build_object('bucket', (s3_info).bucket, 'key', (s3_info).file_path, 'options', copy_options));
  LOOP
    answer := aws_s3._answer(id);
    EXIT WHEN answer IS NOT NULL;
    PERFORM pg_catalog.pg_sleep(0.005);
  END LOOP;
  IF answer ? 'error' THEN
    RAISE EXCEPTION 'could not upload to Amazon S3: %: %', answer->>'code', answer->>'error'
      USING DETAIL = pg_catalog.format('Bucket %L, file path %L.', (s3_info).bucket, (s3_info).file_path);
  END IF;
  files_uploaded := (answer->>'files')::bigint;
  bytes_uploaded := (answer->>'bytes')::bigint;
END $fn$;

CREATE FUNCTION aws_s3.query_export_to_s3(query text, bucket text, file_path text, region text DEFAULT NULL, options text DEFAULT NULL,
  kms_key text DEFAULT NULL, OUT rows_uploaded bigint, OUT files_uploaded bigint, OUT bytes_uploaded bigint)
LANGUAGE sql AS $fn$
  SELECT * FROM aws_s3.query_export_to_s3(query, aws_commons.create_s3_uri(bucket, file_path, region), options, kms_key)
$fn$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA aws_s3 FROM PUBLIC;
GRANT USAGE ON SCHEMA aws_s3, aws_commons TO rds_s3_export;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3 TO rds_s3_export;
