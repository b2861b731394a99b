"""The open connections: bounded, where the one that has been idle for longest gives way to a new one."""

from collections.abc import Iterator

from .connection import Connection, State

# Within their limits all the same, but the first to go where room is needed.
_EXPENDABLE = (State.IDLE, State.HEAD)


class Connections:
    """All connections, those first that have waited longest for a request."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> Connection | None:
        """Take a new connection; returns the one that must go for it, which may be itself."""
        self._open[connection] = self._idle[connection] = None
        return self._one_to_close() if len(self._open) > self._limit else None

    def _one_to_close(self) -> Connection:
        """Return the one that has been idle for longest; without any, the newest one itself."""
        while self._idle:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            if oldest.state in _EXPENDABLE and not oldest.transport.is_closing():
                return oldest
        return next(reversed(self._open))

    def became_idle(self, connection: Connection) -> None:
        """Put a connection behind those that have been idle for longer."""
        self._idle.pop(connection, None)
        self._idle[connection] = None

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has gone."""
        self._open.pop(connection, None)
        self._idle.pop(connection, None)

    def all(self) -> list[Connection]:
        """Return the open connections."""
        return list(self._open)

    def overdue(self, now: float) -> list[Connection]:
        """Return those whose deadline has passed."""
        return [connection for connection in self._open if connection.deadline < now]

    @property
    def unread_bytes(self) -> int:
        """Bytes of answers that their senders have not read yet."""
        return sum(connection.transport.get_write_buffer_size() for connection in self._unread())

    def _unread(self) -> Iterator[Connection]:
        return (one for one in self._open if one.state in (State.ANSWER, State.LINGER))

    @property
    def busy(self) -> bool:
        """Whether any waits for an answer, or for its sender to read it."""
        return any(one.state is State.WORK or one.transport.get_write_buffer_size() for one in self._open)

    def close_all(self) -> None:
        """Close every connection; what is written leaves first, as far as its sender reads it."""
        for connection in self.all():
            connection.transport.close()
