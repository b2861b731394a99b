"""Explanations of drift: which buckets moved, from what share to what share, and what sort of change that is."""
