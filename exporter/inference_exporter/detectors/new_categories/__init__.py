"""Categories missing from the reference."""
