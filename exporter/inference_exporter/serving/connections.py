"""The open connections: bounded; the longest idle one is closed for a new one."""

from collections.abc import Iterator

from .connection import Connection, State

# Within their limits, but the first to close when a new connection needs room.
_EXPENDABLE = (State.IDLE, State.HEAD)


class Connections:
    """All connections; idle ones in order, longest idle first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Dictionaries as ordered sets: the newest is last, the longest idle first.
        self._open: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}
        self._unread: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> Connection | None:
        """Add a connection; returns the one to close for it, which may be the new one."""
        self._open[connection] = self._idle[connection] = None
        return self._one_to_close() if len(self._open) > self._limit else None

    def _one_to_close(self) -> Connection:
        """Return the longest idle connection, or the newest if all are active."""
        while self._idle:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            # Connections leave this order lazily: one that became active since is skipped here.
            if oldest.state in _EXPENDABLE and not oldest.transport.is_closing():
                return oldest
        return next(reversed(self._open))

    def became_idle(self, connection: Connection) -> None:
        """Move a connection to the end of the idle order."""
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def remove(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self._open.pop(connection, None)
        self._idle.pop(connection, None)
        self._unread.discard(connection)

    def has_unread(self, connection: Connection, *, some: bool) -> None:
        """Note an answer that is partly unsent, or no longer."""
        (self._unread.add if some else self._unread.discard)(connection)

    def all(self) -> list[Connection]:
        """Return the open connections."""
        return list(self._open)

    def overdue(self, now: float) -> list[Connection]:
        """Return the connections whose deadline has passed."""
        return [connection for connection in self._open if connection.deadline < now]

    def too_slow_readers(self, limit: int) -> Iterator[Connection]:
        """Yield connections to close, slowest first, until unread answers fit into a limit in bytes."""
        sizes = {connection: connection.transport.get_write_buffer_size() for connection in self._unread}
        excess = sum(sizes.values()) - limit
        if excess <= 0:
            return
        for connection in sorted(sizes, key=lambda one: one.deadline):
            yield connection
            excess -= sizes[connection]
            if excess <= 0:
                return

    @property
    def busy(self) -> bool:
        """Whether any connection waits for an answer or for its sender to read one."""
        return any(one.state is State.WORK or one.transport.get_write_buffer_size() for one in self._open)

    def close_all(self) -> None:
        """Close every connection after flushing what its sender still reads."""
        for connection in self.all():
            connection.transport.close()
