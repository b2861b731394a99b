"""What normal is: buckets, cells, and how they are found."""
