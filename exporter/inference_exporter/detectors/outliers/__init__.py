"""Samples unlike the reference."""
