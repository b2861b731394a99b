"""The live state of models: counting, joining and views. Imports `learning` and below."""
