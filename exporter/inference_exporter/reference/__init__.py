"""What normal is: buckets, cells, and how they are found. Imports `measures/evidence` and below."""
