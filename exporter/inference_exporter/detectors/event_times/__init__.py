"""Event times against arrival."""
