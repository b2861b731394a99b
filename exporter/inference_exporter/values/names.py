"""Column names of files: which can be names of features, and notes on the others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ROW_NUMBERS = frozenset({"", "__index_level_0__"})
"""The pandas name of a column of row numbers, written beside the data."""


UNNAMED = re.compile(r"Unnamed: \d+")
"""The pandas name of such a column after reading and writing it again."""


@dataclass(frozen=True)
class Names:
    """The name of each column in order, None if it is left out, and notes on that."""

    names: tuple[str | None, ...]
    notes: tuple[str, ...] = ()
    twice: str | None = None
    """The first name that two columns have."""


def _is_of_row_numbers(name: str) -> bool:
    return name in ROW_NUMBERS or UNNAMED.fullmatch(name) is not None


def names_of(header: Sequence[str]) -> Names:
    """Return names without surrounding blanks; columns without a name are left out."""
    names = [None if _is_of_row_numbers(name.strip()) else name.strip() for name in header]
    nameless = [place for place, name in enumerate(names, 1) if name is None]
    trimmed = [name for name in header if name.strip() and name != name.strip()]
    notes = []
    if nameless:
        notes.append(f"column {', '.join(map(str, nameless))}: left out, because it has no name; row numbers?")
    if trimmed:
        notes.append(f"blanks around names are removed: {', '.join(map(repr, trimmed[:3]))}")
    known = [name for name in names if name is not None]
    twice = next((name for name in known if known.count(name) > 1), None) if len(set(known)) < len(known) else None
    return Names(tuple(names), tuple(notes), twice)
