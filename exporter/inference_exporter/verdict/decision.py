"""The verdict: a change that matters and that chance does not explain, given how many columns we test and how often.

Each column is tested for several kinds of change (`measures/evidence`). Each
test may spend its part of the significance of one look (weighted Bonferroni:
Genovese, Roeder and Wasserman 2006, Biometrika 93(3):509-524). It spends it on
the columns in which it could detect anything at all (Tarone 1990, Biometrics
46(2):515-522), by the procedure of Benjamini and Hochberg (1995, J. R. Stat.
Soc. B 57(1):289-300). Tests that could detect nothing in any column, such as
that of missing values where no column has any, leave their part to the others:
what they could detect depends on totals of both sides alone. If nothing drifted, the probability that any column is
flagged is the significance; if many drifted, the test is no stricter with each
than necessary. A test counts only if its effect reaches the threshold and
leaves the band of natural variation; what "reaches" means is in `effects`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.evidence import TESTS, EvidenceInputs, Thresholds
from ..measures.special_functions import chdtri
from .effects import Effects
from .memory import Memory


@dataclass(frozen=True, eq=False)
class Judgement:
    """The result of one look; all arrays have shape (n_columns,) or (n_tests, n_columns)."""

    pvalues: Floats
    """Of all tests of the column together; NaN if unknown."""
    drifted: NDArray[np.bool_]
    still: NDArray[np.bool_]
    """Whether a test that flagged the column before keeps it flagged."""
    decisive: NDArray[np.intp]
    """Index of the test with the strongest evidence for a flagged column; -1 if no test flagged it."""
    test_pvalues: Floats
    effects: Floats
    """Each test's effect as a multiple of the smallest one that matters."""
    memory: Memory
    """For the next look."""


def judge(
    inputs: EvidenceInputs,
    thresholds: Thresholds,
    bands: Mapping[str, Floats],
    significance: float,
    memory: Memory | None = None,
    now: float = 0.0,
) -> Judgement:
    """Return the result of one look.

    Parameters
    ----------
    inputs : EvidenceInputs
        The window and its reference.
    thresholds : Thresholds
        The smallest changes that matter.
    bands : mapping of str to ndarray of float, shape (n_columns,)
        By a test's key, the largest effect that natural variation alone explains.
    significance : float
        Probability that this look flags any column if nothing drifted.
    memory : Memory, optional
        What earlier looks at the window showed.
    now : float
        Event time of this look.
    """
    tests = TESTS.values()
    raw = np.array([test.pvalue(inputs) for test in tests])
    effects = Effects(inputs, thresholds, bands)
    before = memory or Memory.empty(raw.shape[1], 1.0)
    matters = effects.matter(before.lasting)
    counted = np.where(matters, raw, np.where(np.isnan(raw), np.nan, 1.0))
    attainable = np.array([test.attainable(inputs) for test in tests])
    weights = weights_of(raw, attainable, significance)
    flagged = np.array(
        [_flagged(*each) for each in zip(counted, attainable, (weights * significance).tolist(), strict=True)]
    )
    seen = before.seen(raw, effects.sizes, now)
    held = effects.may_matter(raw, seen)
    return Judgement(
        pvalues=np.fmin.reduce(_weighted(raw, weights), axis=0),
        drifted=np.asarray(flagged.any(axis=0)),
        still=np.asarray(held.any(axis=0)),
        decisive=_decisive(flagged, effects.sizes),
        test_pvalues=raw,
        effects=effects.sizes,
        memory=seen.naming(flagged | held),
    )


def weight_of(key: str) -> float:
    """Return the part of a look's significance that a test may spend; the parts add up to 1."""
    return TESTS[key].weight / math.fsum(test.weight for test in TESTS.values())


def weights_of(pvalues: Floats, attainable: Floats, significance: float) -> Floats:
    """Return the part of a look's significance that each test may spend, given what it could detect.

    Parameters
    ----------
    pvalues, attainable : ndarray of float, shape (n_tests, n_columns)
        NaN in `pvalues` where a test does not apply; the smallest p-value that could have resulted.
    significance : float
        Of the look.
    """
    able = ((attainable <= significance) & ~np.isnan(pvalues)).any(axis=1)
    weights = np.where(able, [weight_of(key) for key in TESTS], 0.0)
    return np.asarray(weights / weights.sum() if able.any() else weights)


def _weighted(pvalues: Floats, weights: Floats) -> Floats:
    """Return the p-values of tests as parts of a whole; 1 of a test that may spend nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.minimum(pvalues / weights[:, np.newaxis], 1.0)
    return np.where(np.isnan(pvalues), np.nan, np.where(weights[:, np.newaxis] > 0, shares, 1.0))


def _flagged(pvalues: Floats, attainable: Floats, level: float) -> NDArray[np.bool_]:
    """Return the columns that one test flags."""
    if not (pvalues <= level).any():  # as at nearly every look: no column is flagged
        return np.zeros(len(pvalues), dtype=np.bool_)
    return benjamini_hochberg(pvalues, level, n_testable(attainable, pvalues, level))


def _decisive(flagged: NDArray[np.bool_], effects: Floats) -> NDArray[np.intp]:
    """Return the test with the largest effect of those that flagged a column; the omnibus test only if it is alone."""
    specific = flagged & ~np.array([[test.omnibus] for test in TESTS.values()])
    counted = np.where(specific.any(axis=0), specific, flagged)
    largest = np.argmax(np.where(counted, effects, -np.inf), axis=0)
    return np.where(flagged.any(axis=0), largest, -1)


def n_testable(attainable: Floats, pvalues: Floats, level: float) -> int:
    """Return how many columns a test must correct for: those in which it could reach its share of the level.

    Parameters
    ----------
    attainable, pvalues : ndarray of float, shape (n,)
        The smallest attainable p-value of each column, and its actual one: NaN if the test does not apply.
    level : float
        Between 0 and 1.

    References
    ----------
    Tarone (1990), Biometrics 46(2):515-522.
    """
    least = np.sort(attainable[~np.isnan(pvalues)])
    numbers = np.arange(1, len(least) + 1)
    # The smallest k for which at most k columns could fall below level / k; no column counts in vain.
    could = np.searchsorted(least, level / numbers, side="right")
    return int(numbers[could <= numbers][0]) if len(least) else 1


def benjamini_hochberg(pvalues: Floats, level: float, number: int | None = None) -> NDArray[np.bool_]:
    """Return the rejected hypotheses; the expected share of false rejections among them is at most the level.

    Parameters
    ----------
    pvalues : ndarray of float, shape (n,)
        NaN is never rejected.
    level : float
        Between 0 and 1.
    number : int, optional
        Hypotheses to correct for, if those that could never be rejected are left out; by default all n.

    References
    ----------
    Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57(1):289-300; positive dependence, as of correlated columns,
    is harmless: Benjamini and Yekutieli (2001), Ann. Stat. 29(4):1165-1188.
    """
    number = len(pvalues) if number is None else number
    order = np.argsort(pvalues)  # NaN last
    passing = pvalues[order] <= level * np.minimum(np.arange(1, len(pvalues) + 1), number) / max(number, 1)
    rejected = np.zeros(len(pvalues), dtype=np.bool_)
    if passing.any():
        rejected[order[: np.flatnonzero(passing)[-1] + 1]] = True
    return rejected


def critical_population_stability(n_buckets: Floats, noise: Floats, significance: float, n_columns: int) -> Floats:
    """Return the index that noise alone exceeds with the probability that the omnibus test may spend on one column.

    Parameters
    ----------
    n_buckets, noise : ndarray of float, shape (...)
        Buckets of each column and 1/n + 1/m.
    significance : float
        Probability that a look flags any column if nothing drifted.
    n_columns : int
        Number of columns that share the significance.
    """
    spent = significance * sum(weight_of(key) for key, test in TESTS.items() if test.omnibus) / max(n_columns, 1)
    quantile = chdtri(np.maximum(np.asarray(n_buckets) - 1, 1), spent)
    return np.asarray(quantile * noise)
