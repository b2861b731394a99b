"""Comparing windows with the reference, judging what differs, and when to look."""
