"""Tables of a model's page: a title, a sentence, and rows of text."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table; the first cell of a row names it."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
