"""What a restart keeps. Imports `reference` and below."""
