"""One PostgreSQL database for a fleet (extra ``postgres``). Imports `store` and below."""
