"""Files and standard input as a way in."""
