"""Replaying recorded samples through the same engine, in event time. Imports `page` and below."""
