"""What a value is (number, text, boolean, time, missing), and when two are equal. Imports `arrays` and below."""
