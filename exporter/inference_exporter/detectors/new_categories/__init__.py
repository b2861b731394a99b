"""Categories that the reference does not know."""
