"""The whole product on one machine, with real data. Imports `client` and below."""
