"""Every prediction with an id, on disk, found by its id. Imports `store` and below."""
