"""Counts over time: rings of slots, event time, seasons. Imports `arrays` and below."""
