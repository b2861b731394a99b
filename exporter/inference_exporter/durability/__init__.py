"""What arrived survives: written before it is acknowledged, replayed after a crash. Imports `intake` and below."""
