"""Errors of a regressor before outcomes are known: what the reference's were, given prediction and features."""
