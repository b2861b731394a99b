"""What normal looks like: buckets, cells, and finding them. Imports `measures/evidence` and below."""
