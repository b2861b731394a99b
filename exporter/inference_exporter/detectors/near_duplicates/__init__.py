"""Near-duplicate samples, and probing."""
