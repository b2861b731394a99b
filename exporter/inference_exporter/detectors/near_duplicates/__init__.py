"""Samples that are almost alike, and probing."""
