"""Columns to doubt: codes, constants, identifiers, and numbers that only follow the time."""

import re
from collections.abc import Iterator

import numpy as np

from ..arrays import Cells, Column, Floats, column_rows
from ..reference.reference import ColumnReference
from ..values.numbers import as_numbers

CONSTANT_SHARE = 0.995
CODE_NAME = re.compile(
    r"(?:^|[_\s.-])(?:code|zip|zipcode|postcode|postal|sku|mcc|naics|icd|type|category|region|zone|store|branch|cluster|"
    r"segment)(?:$|[_\s.-])",
    re.IGNORECASE,
)
ID_NAME = re.compile(r"(?:^|[_\s.-])(?:id|uuid|guid|key|number|no)$", re.IGNORECASE)
LEAST_CODES, CODE_GAP, CODE_DIGITS = 5, 5.0, 3
DENSE = 2.0  # unique whole numbers within this many times their number count rows
UNIQUE_SHARE = 0.999
ONE_WAY_SHARE = 0.99
FOLLOWS_TIME = 0.98  # rank correlation: what varies otherwise is a fifth of what time explains
EXACT_AT_MOST = 2.0**53  # beyond, a float does not hold each whole number


def doubts_about(column: ColumnReference, values: Column, rows: Cells, times: Floats | None) -> Iterator[str]:
    """Yield what to know about one feature; `rows` are those to look at, in order of time if `times` are known."""
    if not column.numeric and _all_new(values, rows):
        yield "nearly every value is unique, as of an identifier: leave it out with --ignore-columns"
    elif constant := _constant(column):
        yield constant
    elif column.numeric:
        numbers = as_numbers(column_rows(values, rows))
        yield from _numeric(column.name, numbers, None if times is None else times[rows])


def _constant(column: ColumnReference) -> str:
    """Return a warning if one value, or one cell of a category, holds nearly everything."""
    present = column.counts[:-1]
    total = int(present.sum())
    if total == 0:
        return "has no value at all: only the share of missing values can drift"
    if column.stddev == 0.0 or (not column.numeric and present.max() == total):
        return "is constant: any other value looks like drift; check that it varies in production as in training"
    same = np.ones(len(present))  # the share of a cell's values that are equal
    if column.numeric:
        same[:] = 0.0
        same[1 : len(column.atoms) + 1] = column.atoms
    share = float((present * same).max() / total)
    if share < CONSTANT_SHARE:
        return ""
    return f"{100 * share:.4g} % of its values are the same: only large changes of the others can be seen"


def _all_new(values: Column, rows: Cells) -> bool:
    chosen = column_rows(values, rows)
    own = chosen.tolist() if isinstance(chosen, np.ndarray) else list(chosen)
    present = [str(value) for value in own if value is not None and value == value]
    return len(present) > 1 and len(set(present)) >= UNIQUE_SHARE * len(present)


def _numeric(name: str, numbers: Floats, times: Floats | None) -> Iterator[str]:
    finite = numbers[np.isfinite(numbers)]
    if len(finite) < 2:
        return
    unique, counts = np.unique(finite, return_counts=True)
    whole = bool((unique == np.floor(unique)).all())
    one_way = times is not None and _one_way(numbers, times)
    if whole and _is_identifier(name, unique, len(finite)):
        yield "every value is unique, as of an identifier: leave it out with --ignore-columns"
    elif one_way:
        yield "only rises or falls with time, so every window will differ: leave it out, or use its change instead"
    elif times is not None and _follows(numbers, times):
        yield "follows the time nearly always, so every window will differ: leave it out, or use its change instead"
    elif whole and _is_code(name, unique, counts):
        yield "whole numbers that look like codes: name it in --categorical-columns if their order has no meaning"


def _is_identifier(name: str, unique: Floats, n: int) -> bool:
    if len(unique) < UNIQUE_SHARE * n:
        return False
    return bool(unique[-1] - unique[0] <= DENSE * n) or ID_NAME.search(name) is not None


def _is_code(name: str, unique: Floats, counts: Cells) -> bool:
    """Return whether few numbers recur and are named like codes, or have equally many digits and no order between."""
    if len(unique) < 3 or np.median(counts) < 2:
        return False
    if CODE_NAME.search(name):
        return True
    digits = {len(str(int(abs(value)))) for value in unique[[0, -1]].tolist()}
    if abs(unique[[0, -1]]).max() > EXACT_AT_MOST:
        return False
    steps = np.diff(unique).astype(np.int64)
    apart = (unique[-1] - unique[0]) / (len(unique) - 1) >= CODE_GAP
    uneven = int(np.gcd.reduce(steps)) == 1
    same_length = len(digits) == 1 and min(digits) >= CODE_DIGITS
    return bool(len(unique) >= LEAST_CODES and same_length and apart and uneven and unique[0] > 0)


def _follows(numbers: Floats, times: Floats) -> bool:
    """Return whether a column's ranks are nearly those of time (Spearman 1904, Am. J. Psychol. 15(1):72-101)."""
    known = np.isfinite(numbers)
    own, when = _ranks(numbers[known]), _ranks(times[known])
    if len(own) < 3 or own.std() == 0 or when.std() == 0:
        return False
    return bool(abs(np.corrcoef(own, when)[0, 1]) >= FOLLOWS_TIME)


def _ranks(values: Floats) -> Floats:
    """Return the rank of each value, the mean of their ranks for equal ones."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def _one_way(numbers: Floats, times: Floats) -> bool:
    """Return whether a column moves with time in one direction only."""
    known = np.isfinite(numbers)
    order = np.argsort(times[known], kind="stable")
    values = numbers[known][order]
    steps = np.diff(values)
    steps = steps[steps != 0]
    if len(steps) == 0:
        return False
    rising = float(np.count_nonzero(steps > 0) / len(steps))
    return max(rising, 1 - rising) >= ONE_WAY_SHARE
