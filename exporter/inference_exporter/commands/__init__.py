"""One module per command of the command line. Imports `app` and below."""
