"""Verdicts: comparing windows with the reference, deciding, and scheduling looks. Imports `reference` and below."""
