"""Performance before outcomes are known: what the scores promise, given how often they were right in the reference."""
