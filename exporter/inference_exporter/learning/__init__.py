"""Building a reference from rows. Imports `detectors` and below."""
