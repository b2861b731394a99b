"""What came in: records, the fields of a native sample, and the columns they become."""
