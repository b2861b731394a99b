"""What may be set: the schema as frozen dataclasses, and the loader that names file, line and key."""
