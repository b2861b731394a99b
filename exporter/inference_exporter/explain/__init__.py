"""Explanations of drift: which buckets moved, and what sort of change that is. Imports `model` and below."""
