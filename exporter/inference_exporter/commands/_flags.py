"""Flags that several commands share."""

from collections.abc import Sequence

from ..errors import ReferenceFault
from ..samples.batch import POSITIVE


def comma_list(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def columns_of_classes(texts: Sequence[str]) -> dict[str, str]:
    """Return the column of each class."""
    columns: dict[str, str] = {}
    for text in texts:
        name, equals, column = text.partition("=")
        # Without CLASS= the whole text is a column, the score of the
        # positive class, as in scikit-learn's binary models.
        key, column = (name, column) if equals else (POSITIVE, text)
        if key in columns:
            raise ReferenceFault(f"--score-column: expected one column per class, got {columns[key]!r} and {column!r}")
        columns[key] = column
    return columns
