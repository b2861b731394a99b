"""Values of the wrong type: text or booleans instead of numbers, lists and objects anywhere."""

from collections.abc import Mapping

import numpy as np

from ...arrays import Cells, Column, DictionaryColumn
from ...values.categories import category_text
from ...values.kinds import NOT_FINITE_TEXTS
from ...values.missing import is_missing_number

KINDS = ("text", "boolean", "other")
NUMBERS = frozenset({int, float, type(None)})
CATEGORIES = frozenset({int, float, type(None), str, bool})


def wrong_types(column: Column, numeric: bool) -> Mapping[str, Cells]:
    """Return the rows of each kind of wrong value; missing values are not wrong.

    A number sent as text still counts as that number; its type means that the
    sender, or something on the way, changed.
    """
    if isinstance(column, DictionaryColumn):  # each distinct value is checked once
        wrong = wrong_types(column.values, numeric)
        if not wrong:
            return {}
        found = {kind: np.flatnonzero(np.isin(column.codes, places)) for kind, places in wrong.items()}
        return {kind: rows for kind, rows in found.items() if len(rows)}
    # One look at the types of all values; nearly every batch ends here.
    if isinstance(column, np.ndarray) or set(map(type, column)) <= (NUMBERS if numeric else CATEGORIES):
        return {}
    kinds = [_number_fault(value) if numeric else _category_fault(value) for value in column]
    return {kind: rows for kind in KINDS if len(rows := np.array([i for i, k in enumerate(kinds) if k == kind], int))}


def _number_fault(value: object) -> str | None:
    if value is None or (isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)):
        return None
    if isinstance(value, str):
        # Spellings of NaN and missing, such as "NA" from a spreadsheet, do not count as a wrong type.
        return None if value in NOT_FINITE_TEXTS or is_missing_number(value) else "text"
    return "boolean" if isinstance(value, bool | np.bool_) else "other"


def _category_fault(value: object) -> str | None:
    try:
        category_text(value)
    except TypeError:
        return "other"
    return None
