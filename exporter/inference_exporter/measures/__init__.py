"""Exact distributions, on which measures and tests rest. Imports `arrays` and below."""
