"""Short frames between us and a process that decodes: a kind and some bytes."""

import socket
import struct

# A kind and a size; sizes of 8 bytes, since blocks of text may be large.
HEAD = struct.Struct("<cQ")
ARROW, PARQUET, NEXT, TABLE = b"A", b"P", b"N", b"T"
"""From us: a body of a format is in the shared memory, the wish for its next block, or for the next rows of a file."""
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


def send_file(channel: socket.socket, kind: bytes, content: bytes, descriptor: int) -> None:
    """Send a frame with an open file.

    Raises
    ------
    OSError
        If the other side has gone, or takes too long.
    """
    socket.send_fds(channel, [HEAD.pack(kind, len(content)), content], [descriptor])


def receive_with_file(channel: socket.socket) -> tuple[bytes, bytes, int] | None:
    """Return a frame and an open file, -1 without one; None if the other side has gone.

    Raises
    ------
    OSError
        If the other side has gone.
    """
    head, descriptors, _, _ = socket.recv_fds(channel, HEAD.size, 1, socket.MSG_WAITALL)
    if len(head) < HEAD.size:
        return None
    kind, size = HEAD.unpack(head)
    content = _received(channel, size) if size else b""
    return None if content is None else (kind, content, descriptors[0] if descriptors else -1)


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
        # MSG_WAITALL may still return less after a signal, so the loop stays.
        piece = channel.recv(size, socket.MSG_WAITALL)
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
