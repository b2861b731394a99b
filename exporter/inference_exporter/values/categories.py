"""Categories and classes: the canonical text of a value, and its other spellings."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np

from .missing import MISSING_TEXTS
from .numbers import EXACT_INTEGERS
from .spelling import is_respelled, one_spelling

Found = TypeVar("Found")

TRUTHS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
# Models say 1 where the ground truth says yes, or true: one class, once one of them is known.
SYNONYMS = (("1", "true", "yes"), ("0", "false", "no"))
# 01 and 1e3 are codes; 1.0 is a whole number in a column with gaps.
_WITH_POINT = re.compile(r"-?(?:0|[1-9]\d*)\.\d*0")
_LONG = re.compile(r"-?[1-9]\d{15,300}")
_DECIMAL = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
_SPELLINGS = tuple({way for name in names for way in (name, name.capitalize(), name.upper())} for names in SYNONYMS)
_SYNONYMS_OF = {text: tuple(sorted(ways - {text})) for ways in _SPELLINGS for text in ways}
_SPECIAL = MISSING_TEXTS | _SYNONYMS_OF.keys() | TRUTHS.keys()


def category_text(value: object) -> str | None:
    """Return the canonical text of a categorical value; None if it is missing.

    ``1``, ``1.0``, ``"1"`` and ``"1.0"`` are the same category; so are booleans in the spellings
    of JSON, Python, pandas and R, a date or time in any spelling, and a text with blanks around
    it. Any other text is a code and stays as it is.

    Raises
    ------
    TypeError
        If the value is a list or an object, which is not a category.
    """
    if isinstance(value, str):
        text = one_spelling(value)
        if text.endswith(".0") and _WITH_POINT.fullmatch(text):
            return plain_decimal(text)
        return TRUTHS.get(text, text) or None
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        if value != value:
            return None
        return str(int(value)) if value.is_integer() else repr(float(value))
    raise TypeError(f"expected text, a number or true/false, got {type(value).__name__}")


def plain_decimal(text: str) -> str:
    """Return a decimal number without trailing zeros, ``1.50`` as ``1.5``; any other text unchanged."""
    if not _WITH_POINT.fullmatch(text):
        return text
    plain = text.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def of_full_precision(text: str) -> Iterator[str]:
    """Yield ``0.1`` for ``0.10000000149011612``, the same number in single precision; likewise for half precision."""
    if not _DECIMAL.fullmatch(text):
        return
    number = float(text)
    with np.errstate(over="ignore"):
        for less in (np.float32(number), np.float16(number)):
            if float(less) == number:
                # 0.0001 in single precision is slightly smaller, which numpy writes as 1e-04.
                yield from dict.fromkeys((str(less), repr(float(str(less)))))


def as_float(text: str) -> str:
    """Return an identifier with more than 15 digits as a float holds it: columns with gaps become floats."""
    if not _LONG.fullmatch(text) or abs(number := float(text)) < EXACT_INTEGERS:
        return text
    return str(int(number))


def may_be_respelled(text: str) -> bool:
    """Return quickly whether an unknown text may be another spelling, or mean missing; rarely true."""
    return text in _SPECIAL or ("." in text and text[0] in "-0123456789") or is_respelled(text)


def spellings(text: str) -> Iterator[str]:
    """Yield other texts of the same category."""
    same = one_spelling(text)
    if same != text:
        yield same
    yield from (other for other in (TRUTHS.get(same, same), plain_decimal(same)) if other != same)
    yield from of_full_precision(same)
    yield from _SYNONYMS_OF.get(same, ())


def with_spellings(known: Mapping[str, Found]) -> dict[str, Found]:
    """Return the mapping of known categories, extended by the spellings that senders may use."""
    every = dict(known)
    for text, found in known.items():
        for other in (one_spelling(text), plain_decimal(text), *of_full_precision(text), as_float(text)):
            every.setdefault(other, found)
    return every | {text: every[truth] for text, truth in TRUTHS.items() if truth in every}


def synonyms_of(name: str) -> tuple[str, ...]:
    """Return the synonyms of a class name, if it has any."""
    return next((names for names in SYNONYMS if name.lower() in names), ())
