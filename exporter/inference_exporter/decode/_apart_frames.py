"""Short frames between us and a process that decodes: a kind and some bytes."""

import socket
import struct

HEAD = struct.Struct("<cQ")
ARROW, PARQUET, NEXT = b"A", b"P", b"N"
"""From us: a body of a format is in the shared memory, or the wish for its next block."""
BLOCK, END, REFUSED = b"B", b"E", b"R"
"""From the process: a block, no more blocks, or why the body cannot be read."""


def send(channel: socket.socket, kind: bytes, content: bytes) -> None:
    """Send a frame.

    Raises
    ------
    OSError
        If the other side has gone, or takes too long.
    """
    channel.sendall(HEAD.pack(kind, len(content)) + content)


def receive(channel: socket.socket) -> tuple[bytes, bytes] | None:
    """Return a frame, None if the other side has gone.

    Raises
    ------
    OSError
        If it takes too long.
    """
    head = _received(channel, HEAD.size)
    if head is None:
        return None
    kind, size = HEAD.unpack(head)
    content = _received(channel, size)
    return None if content is None else (kind, content)


def _received(channel: socket.socket, size: int) -> bytes | None:
    pieces: list[bytes] = []
    while size:
        piece = channel.recv(size, socket.MSG_WAITALL)
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
