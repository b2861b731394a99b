"""Parquet files, some rows at a time (extra ``arrow``); the position counts rows."""

from itertools import count

from ....decode._apart import DECODERS
from .content import Content
from .formats import Portion, Portions

ARROW = "application/vnd.apache.arrow.stream"
_NUMBERS = count(1)


class Tables(Portions):
    """The rows of a Parquet file that no longer changes, read by a process that a damaged one may end."""

    def __init__(self, content: Content, descriptor: int, start: int) -> None:
        super().__init__(content, start)
        self._descriptor, self._number = descriptor, next(_NUMBERS)
        self._has_begun = False

    def next(self, is_settled: bool) -> Portion | None:
        """Return the next rows as an Arrow stream.

        Raises
        ------
        DecodeError
            If it is no Parquet file, or the extra is missing.
        """
        # The footer of Parquet comes last: half a file cannot be read at all.
        if not is_settled and not self._has_begun:
            return None
        found = DECODERS.rows_of_file(self._number, self.read, self._descriptor)
        if found is None:
            return None
        self._has_begun = True
        rows, body = found
        self.read += rows
        return Portion(body, ARROW, self.read)
