"""Counts over time: rings of slots, event time, seasons. Imports `config` and below."""
