"""Kafka topics as a way in."""
