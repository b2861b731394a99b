"""Records of one shape that wait until they are thousands, and those of another shape, which follow them."""

from collections.abc import Iterator

from ..samples.records import Rows
from ._compiled import CompiledRecords
from ._records import parse_records
from ._typed import TypedRecords

SHAPES_TRIED = 4
ODD_AT_MOST = 8  # one record of so many may have another shape


class ByShape:
    """What waits, while the records of one body or array are read."""

    def __init__(self, of_payloads: bool = False) -> None:
        self._of_payloads = of_payloads
        self._records: CompiledRecords | TypedRecords | None = None
        self._tried = 0
        self._odd: list[bytes] = []
        self._odd_indices: list[int] = []

    def rest(self) -> Iterator[Rows]:
        """Yield what waits."""
        if self._records is not None and self._records.number:
            yield Rows(*self._records.take())
        if self._odd:
            odd, indices = self._odd, self._odd_indices
            # Emptied first: the reader of these rows may never ask for more.
            self._odd, self._odd_indices = [], []
            yield parse_records(odd, indices, self._of_payloads)
