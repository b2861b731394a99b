"""Verdicts: comparing windows with the reference, deciding, and when to look. Imports `reference` and below."""
