"""The verdict: a change that matters, and more than chance makes of this many looks at this many columns.

Each column is tested for several kinds of change (`measures/evidence`). Each
test may spend its part of the significance of one look (weighted Bonferroni:
Genovese, Roeder and Wasserman 2006, Biometrika 93(3):509-524), and spends it
on the columns in which it could find anything at all (Tarone 1990, Biometrics
46(2):515-522), by the rule of Benjamini and Hochberg (1995, J. R. Stat. Soc. B
57(1):289-300): where nothing drifted the chance that any column is named is
the significance, and where many drifted it is not stricter with each than it
needs to be. A test counts only where its effect reaches the threshold and
leaves the band of natural variation.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.evidence import TESTS
from ..measures.evidence._base import EvidenceInputs, EvidenceTest, Thresholds
from ..measures.special_functions import chdtri

LOOSE_PVALUE = 1e-3  # a column that was named stays so while its evidence is at least this good …
LOOSE_EFFECT = 0.8  # … and its effect is at least this part of what it took


@dataclass(frozen=True, eq=False)
class Judgement:
    """What one look says of each column; all arrays have shape (n_columns,) or (n_tests, n_columns)."""

    pvalues: Floats
    """Of the column, all its tests together; NaN where it is unknown."""
    drifted: NDArray[np.bool_]
    still: NDArray[np.bool_]
    """Not enough to be named anew, but enough to stay named."""
    decisive: NDArray[np.intp]
    """The place among the tests of the one that tells most of a named column; -1 where none did."""
    test_pvalues: Floats
    effects: Floats
    """Each test's effect as a multiple of what matters."""


def judge(
    inputs: EvidenceInputs, thresholds: Thresholds, bands: Mapping[str, Floats], significance: float
) -> Judgement:
    """Return what one look says.

    Parameters
    ----------
    inputs : EvidenceInputs
        The window beside the reference.
    thresholds : Thresholds
        From where on a change matters.
    bands : mapping of str to ndarray of float, shape (n_columns,)
        By a test's key, how large its effect gets by natural variation alone.
    significance : float
        Chance that this look names any column where nothing drifted.
    """
    tests = TESTS.values()
    weights = np.array([weight_of(key) for key in TESTS])
    raw = np.array([test.pvalue(inputs) for test in tests])
    limits = np.array([np.fmax(test.threshold(thresholds), bands.get(test.key, 0.0)) for test in tests])
    effects = np.array([test.effect(inputs) for test in tests]) / limits
    pvalues = np.minimum(raw / weights[:, np.newaxis], 1.0)
    matters = np.where(effects >= 1.0, raw, np.where(np.isnan(raw), np.nan, 1.0))
    named = np.array([_named(test, inputs, own, significance) for test, own in zip(tests, matters, strict=True)])
    loose = (effects >= LOOSE_EFFECT) & (pvalues <= LOOSE_PVALUE)
    return Judgement(
        pvalues=np.fmin.reduce(pvalues, axis=0),
        drifted=np.asarray(named.any(axis=0)),
        still=np.asarray(loose.any(axis=0)),
        decisive=_decisive(named, effects),
        test_pvalues=raw,
        effects=effects,
    )


def weight_of(key: str) -> float:
    """Return the part of a look's significance that a test may spend; all parts are 1 together."""
    return TESTS[key].weight / math.fsum(test.weight for test in TESTS.values())


def _named(test: EvidenceTest, inputs: EvidenceInputs, pvalues: Floats, significance: float) -> NDArray[np.bool_]:
    """Return which columns one test names."""
    level = weight_of(test.key) * significance
    if not (pvalues <= level).any():  # as at nearly every look: none is named, however many are reckoned with
        return np.zeros(len(pvalues), dtype=np.bool_)
    return benjamini_hochberg(pvalues, level, reckoned(test.attainable(inputs), pvalues, level))


def _decisive(named: NDArray[np.bool_], effects: Floats) -> NDArray[np.intp]:
    """Return the test with the largest effect of those that named a column; the omnibus test only where it is alone."""
    specific = named & ~np.array([[test.omnibus] for test in TESTS.values()])
    counted = np.where(specific.any(axis=0), specific, named)
    largest = np.argmax(np.where(counted, effects, -np.inf), axis=0)
    return np.where(named.any(axis=0), largest, -1)


def reckoned(attainable: Floats, pvalues: Floats, level: float) -> int:
    """Return how many columns a test must reckon with: those in which it could fall below its share of the level.

    Parameters
    ----------
    attainable, pvalues : ndarray of float, shape (n,)
        The least p-value that each column could have, and the one it has: NaN where the test does not apply.
    level : float
        Between 0 and 1.

    References
    ----------
    Tarone (1990), Biometrics 46(2):515-522.
    """
    least = np.sort(attainable[~np.isnan(pvalues)])
    numbers = np.arange(1, len(least) + 1)
    # The smallest k for which at most k columns could fall below level / k; it counts none in vain.
    could = np.searchsorted(least, level / numbers, side="right")
    return int(numbers[could <= numbers][0]) if len(least) else 1


def benjamini_hochberg(pvalues: Floats, level: float, number: int | None = None) -> NDArray[np.bool_]:
    """Return which hypotheses are rejected so that the expected share of false ones among them is at most the level.

    Parameters
    ----------
    pvalues : ndarray of float, shape (n,)
        NaN is never rejected.
    level : float
        Between 0 and 1.
    number : int, optional
        Hypotheses to reckon with, where those that could never be rejected are left out; else all n.

    References
    ----------
    Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57(1):289-300; positive dependence, as of correlated columns,
    does no harm: Benjamini and Yekutieli (2001), Ann. Stat. 29(4):1165-1188.
    """
    number = len(pvalues) if number is None else number
    order = np.argsort(pvalues)  # NaN last
    passing = pvalues[order] <= level * np.minimum(np.arange(1, len(pvalues) + 1), number) / max(number, 1)
    rejected = np.zeros(len(pvalues), dtype=np.bool_)
    if passing.any():
        rejected[order[: np.flatnonzero(passing)[-1] + 1]] = True
    return rejected


def critical_population_stability(n_buckets: Floats, noise: Floats, significance: float, n_columns: int) -> Floats:
    """Return the index that noise alone exceeds with the chance that the omnibus test may spend on one column.

    Parameters
    ----------
    n_buckets, noise : ndarray of float, shape (...)
        Buckets of each column and 1/n + 1/m.
    significance : float
        Chance that a look names any column where nothing drifted.
    n_columns : int
        Columns among which the significance is divided.
    """
    spent = significance * sum(weight_of(key) for key, test in TESTS.items() if test.omnibus) / max(n_columns, 1)
    quantile = chdtri(np.maximum(np.asarray(n_buckets) - 1, 1), spent)
    return np.asarray(quantile * noise)
