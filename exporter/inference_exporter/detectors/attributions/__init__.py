"""How much each feature contributes to predictions."""
