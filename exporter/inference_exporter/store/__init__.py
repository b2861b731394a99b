"""State that survives a restart. Imports `reference` and below."""
