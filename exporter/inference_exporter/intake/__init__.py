"""How bytes arrive, and how each sample is accounted for. Imports `model` and below."""
