"""What came in: records, native samples, and the columns they become. Imports `values` and below."""
