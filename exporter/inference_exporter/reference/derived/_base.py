"""What every kind of derived feature can do, and what the rest of the program knows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...arrays import Column, Floats

Parts = dict[str, Floats]
"""Numeric columns by what they tell; NaN where the value is missing, infinite where it is of another kind."""
Derive = Callable[[Column], Parts]


@dataclass(frozen=True)
class DerivedKind:
    """A kind of feature that is watched through numbers derived from its values; `key` is the ``kind`` of a setting.

    `looks_like` tells whether a column of the reference is of this kind, and
    is given no array. `learn` returns what deriving needs, as JSON writes it,
    and the parts of the very rows it learned from, each row as if it had not
    been among them: or else they would be nearer to what was learned than any
    later row can be. `read` makes from the learned content what derives.
    """

    key: str
    looks_like: Callable[[Column], bool]
    learn: Callable[[Column], tuple[dict[str, Any], Parts]]
    read: Callable[[Mapping[str, Any]], Derive]
