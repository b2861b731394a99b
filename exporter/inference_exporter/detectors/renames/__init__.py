"""Features that came back under another name."""
