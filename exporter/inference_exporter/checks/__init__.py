"""Checks of single values and samples against what the reference, or the configuration, says of a feature; pure."""
