"""A transparent reverse proxy: untouched bytes, and copies of them for the sidecar. Imports `intake` and below."""
