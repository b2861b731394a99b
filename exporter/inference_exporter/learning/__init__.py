"""How a reference is put together from rows."""
