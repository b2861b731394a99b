"""Exact distributions that measures and tests rest on. Imports `arrays` and below."""
