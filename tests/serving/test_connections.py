"""The open connections: which one makes room, which ones are overdue or read too slowly."""

import pytest
from inference_exporter.serving.connection import State
from inference_exporter.serving.connections import Connections


class Transport:
    """A transport with so many bytes that its sender has not read."""

    def __init__(self, unread=0):
        self.unread, self.closed = unread, False

    def is_closing(self):
        return self.closed

    def get_write_buffer_size(self):
        return self.unread

    def close(self):
        self.closed = True


class Connection:
    """As much of a connection as the bookkeeping needs."""

    def __init__(self, state=State.IDLE, unread=0, deadline=100.0):
        self.state, self.deadline, self.transport = state, deadline, Transport(unread)


def filled(limit, *states):
    connections, members = Connections(limit), [Connection(state) for state in states]
    for member in members:
        assert connections.add(member) is None
    return connections, members


def test_the_longest_idle_makes_room():
    """Beyond the limit the connection goes that has been idle for longest."""
    connections, (first, second) = filled(2, State.IDLE, State.IDLE)
    connections.became_idle(first)
    assert connections.add(Connection()) is second


@pytest.mark.parametrize("state", [State.BODY, State.WORK, State.ANSWER, State.LINGER])
def test_an_active_one_stays(state):
    """Where every connection is active, the new one has no room."""
    connections, _ = filled(2, state, state)
    new = Connection(State.WORK)
    assert connections.add(new) is new


def test_one_that_is_closing_makes_no_room():
    """A connection that already closes is not chosen again."""
    connections, (closing, idle) = filled(2, State.IDLE, State.IDLE)
    closing.transport.close()
    assert connections.add(Connection()) is idle


def test_removed_ones_leave_no_trace():
    """A closed connection is neither counted nor chosen nor measured."""
    connections, (gone, stays) = filled(2, State.IDLE, State.IDLE)
    gone.transport.unread = 10**9
    connections.has_unread(gone, some=True)
    connections.remove(gone)
    connections.remove(gone)
    assert (len(connections), connections.all(), list(connections.too_slow_readers(0))) == (1, [stays], [])


def test_the_slowest_readers_go_until_the_rest_fits():
    """Those with the earliest deadline go first, and only as many as needed."""
    connections = Connections(9)
    readers = [Connection(State.ANSWER, unread=40, deadline=deadline) for deadline in (3.0, 1.0, 2.0)]
    for reader in readers:
        connections.add(reader)
        connections.has_unread(reader, some=True)
    assert list(connections.too_slow_readers(120)) == []
    assert list(connections.too_slow_readers(100)) == [readers[1]]
    assert list(connections.too_slow_readers(79)) == [readers[1], readers[2]]
    connections.has_unread(readers[1], some=False)
    assert list(connections.too_slow_readers(79)) == [readers[2]]


def test_overdue_ones_are_found():
    """A deadline that has passed, not one that is now."""
    connections, (first, second) = filled(2, State.HEAD, State.HEAD)
    first.deadline, second.deadline = 5.0, 6.0
    assert connections.overdue(6.0) == [first]


def test_busy_while_somebody_waits():
    """An answer that is worked on or not yet read keeps the front from stopping."""
    connections, (member,) = filled(1, State.IDLE)
    assert not connections.busy
    member.state = State.WORK
    assert connections.busy
    member.state, member.transport.unread = State.IDLE, 1
    assert connections.busy
    connections.close_all()
    assert member.transport.closed
