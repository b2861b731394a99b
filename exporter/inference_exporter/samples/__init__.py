"""What came in: records, native samples, and the columns they become. Imports `arrays` and below."""
