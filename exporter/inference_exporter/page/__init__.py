"""The exporter's own page and the JSON behind it."""
