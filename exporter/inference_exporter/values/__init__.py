"""What a value is (number, text, truth, time, missing), and when two are the same. Imports `arrays` and below."""
