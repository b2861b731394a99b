"""Features that changed their unit."""
