"""The live state of models: what is counted, joined and viewed. Imports `learning` and below."""
