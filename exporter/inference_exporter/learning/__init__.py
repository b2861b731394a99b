"""How a reference is put together from rows. Imports `detectors` and below."""
