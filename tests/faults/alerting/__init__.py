"""Parts of the fault injection run of `tests/faults/alerts.py`."""
