"""Columns of texts from untyped files: which are numbers, and notes on the rest."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Column, Floats
from .kinds import mostly_numbers
from .missing import CLASS_NAMES, MISSING_TEXTS
from .numbers import EXACT_INTEGERS, number_of

_LEADING_ZERO = re.compile(r"(?m)^\s*-?0\d+\s*$")
_WHOLE = re.compile(r"\s*-?\d+\s*")
EXAMPLES = 3
TOO_LONG = "whole numbers of more than 15 digits: taken as categories"


@dataclass(frozen=True)
class Typed:
    """A typed column, and a note for its owner."""

    column: Column
    note: str = ""


def as_texts(texts: Sequence[str], classes: bool = False) -> list[str | None]:
    """Return texts unchanged, None if missing; `classes` may have a name that means missing elsewhere."""
    missing = MISSING_TEXTS - CLASS_NAMES if classes else MISSING_TEXTS
    return [None if text.strip() in missing else text for text in texts]


def leading_zeros(texts: Sequence[str]) -> bool:
    """Return whether some texts are whole numbers with leading zeros, as codes have them."""
    return _LEADING_ZERO.search("\n".join(texts)) is not None


def typed(texts: Sequence[str], classes: bool = False) -> Typed:
    """Return a column as numbers if most of its values are numbers, otherwise as texts.

    Notes
    -----
    A few words among numbers stay words, and count as invalid. Whole numbers too
    long for a float are identifiers, and stay texts.
    """
    # One search of one text is faster than one for each value.
    every = "\n".join(texts)
    # Python reads 1_000 as a number; in a file it is a code.
    numbers = None if "_" in every else _all_numbers(texts)
    if numbers is None:
        return _mixed(texts, classes)
    if _too_long(texts, numbers):
        return Typed(as_texts(texts, classes), TOO_LONG)
    note = "numbers with leading zeros: if they are codes, name the column in --categorical-columns"
    return Typed(numbers, note if _LEADING_ZERO.search(every) else "")


def _all_numbers(texts: Sequence[str]) -> Floats | None:
    try:
        return np.array([text or "nan" for text in texts], dtype=np.float64)
    except ValueError:
        return None


def _too_long(texts: Sequence[str], numbers: Floats) -> bool:
    """Return whether most numbers are whole and too long for a float."""
    with np.errstate(invalid="ignore"):
        large = np.flatnonzero((np.abs(numbers) >= EXACT_INTEGERS) & np.isfinite(numbers))
    return len(large) * 2 > len(numbers) and all(_WHOLE.fullmatch(texts[row]) for row in large.tolist())


def _mixed(texts: Sequence[str], classes: bool) -> Typed:
    # Columns repeat themselves: each distinct text is parsed once.
    counts = Counter(texts)
    parsed = {text: number_of(text) for text in counts}
    numbers = {text: number for text, number in parsed.items() if number is not None and number == number}
    others = {text: counts[text] for text, number in parsed.items() if number is None}
    n_numbers, n_others = sum(counts[text] for text in numbers), sum(others.values())
    if n_numbers + n_others and not mostly_numbers(n_numbers, len(set(numbers.values())), n_others):
        return Typed(as_texts(texts, classes))
    every = np.array([parsed[text] for text in texts], dtype=np.float64) if not others else None
    if every is not None and _too_long(texts, every):
        return Typed(as_texts(texts, classes), TOO_LONG)
    if every is not None:
        return Typed(every)
    values: dict[str, object] = {
        text: text if number is None else (number if number == number else None) for text, number in parsed.items()
    }
    return Typed([values[text] for text in texts], _note(others, n_numbers + n_others))


def _note(others: dict[str, int], present: int) -> str:
    shown = ", ".join(repr(text)[:40] for text in sorted(others, key=lambda text: -others[text])[:EXAMPLES])
    more = " and others" if len(others) > EXAMPLES else ""
    return (
        f"numbers, except {sum(others.values()):,} of {present:,} values ({shown}{more}), which count as invalid;"
        " if they are codes, name the column in --categorical-columns"
    )
