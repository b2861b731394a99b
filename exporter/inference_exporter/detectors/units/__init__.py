"""Features whose unit changed."""
