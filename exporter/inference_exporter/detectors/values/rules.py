"""Configured rules for a feature's values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...arrays import Column
from ...config.patterns import Pattern
from ...config.schema import FeatureConfig
from ...values.categories import category_text, with_spellings
from ...values.numbers import as_numbers

RULES = ("minimum", "maximum", "allowed", "required", "pattern")
Broken = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """One rule of one feature: `broken` returns the violations; missing values only violate `required`."""

    feature: str
    name: str
    broken: Callable[[Column], Broken]


def rules_of(features: Mapping[str, FeatureConfig]) -> tuple[Rule, ...]:
    """Return the rules of all features."""
    return tuple(rule for name, settings in features.items() for rule in _rules_of_one(name, settings))


def _rules_of_one(name: str, settings: FeatureConfig) -> Sequence[Rule]:
    found = []
    if settings.minimum is not None:
        found.append(Rule(name, "minimum", partial(_below, settings.minimum)))
    if settings.maximum is not None:
        found.append(Rule(name, "maximum", partial(_above, settings.maximum)))
    if settings.allowed:
        found.append(Rule(name, "allowed", partial(_not_among, frozenset(settings.allowed))))
    if settings.required:
        found.append(Rule(name, "required", _missing))
    if settings.pattern is not None:
        found.append(Rule(name, "pattern", partial(_unlike, Pattern(settings.pattern))))
    return found


def _below(minimum: float, column: Column) -> Broken:
    return np.asarray(as_numbers(column) < minimum)


def _above(maximum: float, column: Column) -> Broken:
    numbers = as_numbers(column)
    # Values that are not numbers became infinite: they violate the type, not the range.
    return np.asarray((numbers > maximum) & np.isfinite(numbers))


def _missing(column: Column) -> Broken:
    if isinstance(column, np.ndarray):
        return np.isnan(column)
    return np.array([value is None or value != value for value in column], dtype=np.bool_)


def _not_among(allowed: frozenset[str], column: Column) -> Broken:
    # 1, 1.0 and "1" are one category, however the configuration spells it.
    spelled = with_spellings({category_text(text) or "": True for text in allowed}) | dict.fromkeys(allowed, True)
    return _judged_once(column, lambda text: text not in spelled)


def _unlike(pattern: Pattern, column: Column) -> Broken:
    return _judged_once(column, lambda text: not pattern.matches(text))


def _judged_once(column: Column, breaks: Callable[[str], bool]) -> Broken:
    """Judge the text of each distinct value once; values without text (lists) violate any rule about text."""
    judged: dict[str | None, bool] = {None: False}  # missing values break only `required`
    broken = []
    for value in column.tolist() if isinstance(column, np.ndarray) else column:
        try:
            text = category_text(value)
        except TypeError:
            broken.append(True)
            continue
        if text not in judged:
            judged[text] = breaks(text or "")
        broken.append(judged[text])
    return np.array(broken, dtype=np.bool_)
