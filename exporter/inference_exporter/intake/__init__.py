"""How bytes arrive, and how every sample is accounted for. Imports `model` and below."""
