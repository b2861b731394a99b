"""The input of every test of a column, and the class of a test itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...arrays import Floats
from ..drift import Comparison
from ..hypergeometric import hypergeometric_tail
from ..shares import difference_limit


class Share(NamedTuple):
    """Values of one kind on either side, shape (n_columns,); NaN if a column cannot have any."""

    window: Floats
    reference: Floats


def upper_pvalue(kind: Share, of: Share) -> Floats:
    """Return the exact probability of at least as many values of a kind in the window, out of all values."""
    return hypergeometric_tail(kind.window, of.window, kind.reference, of.reference)


class Shift(NamedTuple):
    """Difference between the mean scores of window and reference, its p-value and variance, shape (n_columns,).

    Scores are the reference's: in its standard deviations for the location, and
    their squares minus 1 for the scale. NaN for categories.
    """

    difference: Floats
    pvalue: Floats
    variance: Floats
    """Of the difference, by the spread of each side: it holds whether or not anything drifted."""


@dataclass(frozen=True, eq=False)
class EvidenceInputs:
    """A window and its reference, as the tests need them."""

    comparison: Comparison
    values: Share
    """All values, present or not."""
    rare_values: Share
    """The same for kinds of values that are rare in the reference and come in clusters of their own."""
    missing: Share
    invalid: Share
    unseen: Share
    out_of_range: Share
    location: Shift
    scale: Shift
    design: Floats
    """Number of values of a column that carry as much information for the omnibus test as one independent value. All
    counts here, except those of `comparison`, are of independent values, as whole numbers (Rao and Scott 1992,
    Biometrics 48(2):577-585)."""
    fewer_missing: bool = False
    """Whether fewer missing values than the reference has count as drift as well."""

    def excess(self, kind: Share, of: Share) -> Floats:
        """Return the window's share of a kind of values minus the reference's, shape (n_columns,)."""
        # An empty side gives NaN, which no test takes for a change.
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(kind.window / of.window - kind.reference / of.reference)

    def excess_limit(self, kind: Share, of: Share, z: float) -> Floats:
        """Return the confidence limit of `excess` at z standard errors, shape (n_columns,)."""
        return difference_limit(kind.window, of.window, kind.reference, of.reference, z)


@dataclass(frozen=True)
class Thresholds:
    """The smallest changes that matter, shape (n_columns,) each."""

    psi: Floats
    """Debiased PSI; for location and scale, the shift that has the same PSI in a normal column."""
    share: Floats
    """Change of the share of missing values; half of it for values that the reference does not have."""


@dataclass(frozen=True)
class EvidenceTest:
    """One test of whether a column drifted.

    `pvalue` is the probability of a change at least this large if nothing drifted
    (NaN if the test does not apply); `effect` is the size of the change, in the
    unit of `threshold`. `weight` is the part of a look's significance that the
    test may spend, in proportion to the weights of all tests.
    """

    key: str
    weight: float
    pvalue: Callable[[EvidenceInputs], Floats]
    effect: Callable[[EvidenceInputs], Floats]
    limit: Callable[[EvidenceInputs, float], Floats]
    """The confidence limit of the effect at some standard errors: above it if positive, below it if negative."""
    threshold: Callable[[Thresholds], Floats]
    title: str
    """The subject of the test, in words that follow "decided by"."""
    sees: str
    """The changes that it detects, for the table of tests."""
    statistic: str
    """The statistic, for the same table."""
    matters: Callable[[float], str]
    """Formats a threshold, for the same table."""
    omnibus: bool = False
    """Whether it detects any change: it then decides only if no other test does."""
    attainable: Callable[[EvidenceInputs], Floats] = lambda inputs: np.zeros_like(inputs.values.window)
    """The smallest p-value that could have resulted, given the counts of both sides together: a column without any
    missing value cannot raise an alarm about them and need not count among the hypotheses (Tarone 1990, Biometrics
    46(2):515-522)."""


def percent(effect: float) -> str:
    """Format a threshold that is a share of all values."""
    return f"{100 * effect:.0f} % of all values"
