-- What people call a mapped task instance, made of its map_index_template.
ALTER TABLE pipelines.task_instance ADD COLUMN rendered_map_index text CHECK (length(rendered_map_index) <= 250);
