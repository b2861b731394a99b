"""The interface of every kind of derived feature."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...arrays import Column, Floats

Parts = dict[str, Floats]
"""Numeric columns by their meaning; NaN if the value is missing, infinite if it is of another kind."""
Derive = Callable[[Column], Parts]


@dataclass(frozen=True)
class DerivedKind:
    """A kind of feature that is watched through derived numbers; `key` is its ``kind`` in the configuration.

    `looks_like` returns whether a column of the reference is of this kind; it is
    not called for arrays. `learn` returns JSON content for deriving, and the parts
    of the rows it learned from, each computed as if the row were new: otherwise
    they would be closer to what was learned than later rows can be. `read` makes
    the deriving function from that content.
    """

    key: str
    looks_like: Callable[[Column], bool]
    learn: Callable[[Column], tuple[dict[str, Any], Parts]]
    read: Callable[[Mapping[str, Any]], Derive]
