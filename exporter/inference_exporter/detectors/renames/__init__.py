"""Features that returned under another name."""
