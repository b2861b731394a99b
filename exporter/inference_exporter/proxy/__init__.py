"""A transparent reverse proxy: bytes go through untouched, and copies of them to the sidecar."""
