-- A new password ends the sessions and tokens of the old one: they carry the stamp that it had.

ALTER TABLE pipelines.app_user ADD COLUMN stamp uuid NOT NULL DEFAULT gen_random_uuid();
