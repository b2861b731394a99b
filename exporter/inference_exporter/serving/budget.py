"""A bound on the bytes in memory at once."""


class Budget:
    """Counts bytes in use. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def has_room_for(self, size: int) -> bool:
        """Return whether `size` more bytes stay within the limit."""
        return self.held + size <= self._limit

    def take(self, size: int) -> bool:
        """Reserve `size` bytes; returns whether they fit."""
        if not self.has_room_for(size):
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Release `size` bytes."""
        self.held -= size
