"""Cuts bytes into whole lines; keeps a half line, and only the start of one that is too long."""

from ....decode._limits import RECORD_BYTES

QUOTE, NEWLINE = b'"', b"\n"
ENDS_TRIED = 64  # an unclosed quote makes every newline look like part of a field


class LineBuffer:
    """Lines of a growing text.

    Of a line beyond the maximum, the first bytes are handed on, so that the decoder rejects and counts it as
    ``too_large``; the rest is skipped.

    Parameters
    ----------
    quoted : bool
        Whether a newline between two quotes is part of a field, as in CSV.
    """

    def __init__(self, quoted: bool = False, longest: int = RECORD_BYTES) -> None:
        self._quoted, self._longest = quoted, longest
        self._skips = False
        self.rest = b""

    def add(self, piece: bytes) -> bytes:
        """Return the lines that are complete with this piece."""
        if self._skips:
            end = piece.find(NEWLINE) + 1
            piece, self._skips = (piece[end:], False) if end else (b"", True)
        text = self.rest + piece
        end = self._end_of(text)
        whole, self.rest = text[:end], text[end:]
        if len(self.rest) > self._longest:
            whole += self.rest[: self._longest + 1] + NEWLINE
            self._skips, self.rest = NEWLINE not in self.rest, b""
        return whole

    def flush(self) -> bytes:
        """Return the half line, whose end does not come."""
        half, self.rest = self.rest, b""
        return half

    def _end_of(self, text: bytes) -> int:
        """Return where the last whole line ends."""
        end = text.rfind(NEWLINE) + 1
        if not self._quoted:
            return end
        for _ in range(ENDS_TRIED):
            if text.count(QUOTE, 0, end) % 2 == 0:
                return end
            end = text.rfind(NEWLINE, 0, end - 1) + 1
        return 0
