"""Received data: records, native samples, and the columns that they become. Imports `values` and below."""
