"""What may be set: the schema, and a loader that names file, line and key. Imports `measures/drift` and below."""
