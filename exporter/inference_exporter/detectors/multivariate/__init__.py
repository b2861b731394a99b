"""Features together: correlation, joint distribution, reconstruction."""
