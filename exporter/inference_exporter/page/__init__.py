"""The exporter's own page and the JSON behind it. Imports `exposition` and below."""
