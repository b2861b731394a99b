"""The whole product on one machine, with real data. Imports `config` and below."""
