"""The smallest change that a look at a window would name with 90 % power: what a reference can see, and what it cannot.

A verdict names a change whose p-value is at most the test's level and whose
estimate reaches the threshold and leaves the band of natural variation. Both
conditions set a least estimate; the true change must be larger, so that its
estimate reaches it nine times in ten. For shares the distribution is binomial,
for the mean of normal scores it is normal (power of a test: Neyman and Pearson
1933, Phil. Trans. R. Soc. A 231:289-337).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.evidence import TESTS
from ..measures.evidence.missing import missing_pvalue
from ..measures.hypergeometric import hypergeometric_tail, least_tail
from ..measures.quality import QualityCounts
from ..measures.special_functions import betaincinv, ndtri
from .decision import weights_of
from .judging import Judging

POWER = 0.9


@dataclass(frozen=True, eq=False)
class SmallestChanges:
    """Of each column, shape (n_columns,): NaN if it cannot have the change, infinite if no change is large enough."""

    shift: Floats
    """Of a numeric column up or down, in standard deviations of its normal scores."""
    missing: Floats
    """Increase of the share of missing values, 0 to 1."""
    new_category: Floats
    """Share of a category that is not in the reference, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What the smallest change depends on, beside the reference."""

    samples: int
    """Of the window."""
    significance: float
    """Of one look, over all columns."""
    design: Mapping[str, Floats]
    """By a test's key, the number of values of each column that count as one."""
    bands: Mapping[str, Floats]
    """By a test's key, the largest effect that natural variation alone explains."""


def smallest_changes(judging: Judging, given: Circumstances) -> SmallestChanges:
    """Return the smallest change of each column that one look names with 90 % power if all else stays."""
    return SmallestChanges(
        shift=_shift(judging, given),
        missing=_missing(judging, given),
        new_category=_new_category(judging, given),
    )


def _shift(judging: Judging, given: Circumstances) -> Floats:
    reference, numeric = judging.reference_quality, judging.numeric
    present = reference.total - reference.missing - reference.invalid
    with np.errstate(divide="ignore", invalid="ignore"):
        share = present / reference.total
        noise = _of(given.design, "location", present) * (1 / (given.samples * share) + 1 / present)
    level = _level("location", judging, given, int(np.count_nonzero(numeric)))
    least = np.fmax(_limit("location", judging, given), -ndtri(level / 2) * np.sqrt(noise))
    shift = least + ndtri(POWER) * np.sqrt(noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        farthest = ndtri(1 - 0.5 / present)  # all values beyond the reference's greatest one
    return np.where(numeric & (present > 1), np.where(shift < farthest, shift, np.inf), np.nan)


def _missing(judging: Judging, given: Circumstances) -> Floats:
    reference = judging.reference_quality
    design = _of(given.design, "missing", reference.total)
    n, m, known = (np.rint(of / design) for of in (_samples(reference, given), reference.total, reference.missing))
    # Columns that have no missing values on either side do not count (Tarone).
    level = _level("missing", judging, given, np.count_nonzero(known) + (known == 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = known / m
    least = _least_count(n, usual + _limit("missing", judging, given), level, lambda k: missing_pvalue(k, n, known, m))
    return np.asarray(_share_for(least, n) - usual)


def _new_category(judging: Judging, given: Circumstances) -> Floats:
    reference = judging.reference_quality
    rare = np.fmax(_of(given.design, "shape", reference.total), _of(given.design, "location", reference.total))
    expected = judging.expected_unseen(reference)
    n, m = np.floor(_samples(reference, given) / rare), np.ceil(reference.total / rare)
    known = np.ceil(np.nan_to_num(expected) / rare)
    # Columns that have no rare category on either side do not count (Tarone).
    level = _level("unseen", judging, given, np.count_nonzero(known > 0) + (known == 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = known / m
    least = _least_count(
        n, usual + _limit("unseen", judging, given), level, lambda k: hypergeometric_tail(k, n, known, m)
    )
    return np.where(np.isnan(expected), np.nan, _share_for(least, n) - reference.unseen / reference.total)


def _samples(reference: QualityCounts, given: Circumstances) -> Floats:
    return np.full(len(reference.total), float(given.samples))


def _of(design: Mapping[str, Floats], key: str, like: Floats) -> Floats:
    return design.get(key, np.ones(len(like)))


def _limit(key: str, judging: Judging, given: Circumstances) -> Floats:
    return np.asarray(np.fmax(TESTS[key].threshold(judging.thresholds), given.bands.get(key, 0.0)))


def _level(key: str, judging: Judging, given: Circumstances, number: Floats | int) -> Floats:
    """Return the level of a test of one column if it alone changed, of a number that the test corrects for."""
    tests = list(TESTS)
    applies, attainable = _usually(judging, given)
    attainable[tests.index(key)] = 0.0  # the change itself makes its test able to detect something
    weights = weights_of(np.where(applies, 1.0, np.nan), attainable, given.significance)
    return np.asarray(weights[tests.index(key)] * given.significance / np.maximum(number, 1))


def _usually(judging: Judging, given: Circumstances) -> tuple[NDArray[np.bool_], Floats]:
    """Return which tests apply to each column, and their smallest p-values in a window like the reference.

    Both have shape (n_tests, n_columns).
    """
    reference, numeric = judging.reference_quality, judging.numeric
    every = np.ones_like(numeric)
    only = {"location": numeric, "scale": numeric, "out_of_range": numeric, "unseen": ~np.isnan(reference.unseen)}
    unseen = judging.expected_unseen(reference)
    rare = {"missing": reference.missing, "invalid": reference.invalid, "unseen": unseen}
    n = _samples(reference, given)
    return (
        np.array([only.get(key, every) for key in TESTS]),
        np.array(
            [
                least_tail(np.rint(rare[key] * (1 + n / reference.total)), n, reference.total)
                if key in rare
                else np.zeros(len(numeric))
                for key in TESTS
            ]
        ),
    )


def _least_count(n: Floats, share: Floats, level: Floats, pvalue: Callable[[Floats], Floats]) -> Floats:
    """Return the least count out of n that is significant and at least a share; infinite if none is."""
    low, high = np.ceil(n * share), n.copy()
    possible = (low <= n) & (pvalue(np.minimum(high, n)) <= level)
    for _ in range(int(np.ceil(np.log2(max(float(n.max(initial=1.0)), 2.0)))) + 1):
        middle = np.floor((np.minimum(low, n) + high) / 2)
        enough = pvalue(middle) <= level
        high = np.where(enough, np.minimum(middle, high), high)
        low = np.where(enough, low, middle + 1)
    return np.where(possible, np.maximum(high, np.ceil(n * share)), np.inf)


def _share_for(least: Floats, n: Floats) -> Floats:
    """Return the share whose count out of n is at least `least` with the power (Clopper and Pearson 1934)."""
    known = np.where(np.isfinite(least), np.maximum(least, 1.0), 1.0)
    return np.where(np.isfinite(least), betaincinv(known, np.maximum(n - known, 0.0) + 1, POWER), np.inf)
