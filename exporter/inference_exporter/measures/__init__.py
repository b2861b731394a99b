"""Measures: pure functions from counts to numbers."""
