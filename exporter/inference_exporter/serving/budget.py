"""A number of bytes that may be held at once."""


class Budget:
    """Counts the bytes held; for one thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def has_room_for(self, size: int) -> bool:
        """Tell whether so many bytes more would be within the limit."""
        return self.held + size <= self._limit

    def take(self, size: int) -> bool:
        """Count so many bytes more, where there is room for them."""
        if not self.has_room_for(size):
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Count so many bytes less."""
        self.held -= size
