"""What every test of a column is given, and what the verdict knows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...arrays import Floats
from ..drift._base import Comparison
from ..hypergeometric import hypergeometric_tail


class Share(NamedTuple):
    """Values of one kind on either side, shape (n_columns,); NaN where a column cannot have any."""

    window: Floats
    reference: Floats


def upper_pvalue(kind: Share, of: Share) -> Floats:
    """Return the exact chance of at least as many values of a kind in the window, of all values of either side."""
    return hypergeometric_tail(kind.window, of.window, kind.reference, of.reference)


class Shift(NamedTuple):
    """Difference of the mean scores of window and reference, and how likely it is by chance, shape (n_columns,).

    Scores are those of the reference: in its standard deviations for the
    location, and their squares less 1 for the scale. NaN for categories.
    """

    difference: Floats
    pvalue: Floats


@dataclass(frozen=True, eq=False)
class EvidenceInputs:
    """A window beside the reference, as far as the tests ask."""

    comparison: Comparison
    values: Share
    """All values, present or not."""
    rare_values: Share
    """The same for values that the reference hardly has, which come in clumps of their own."""
    missing: Share
    invalid: Share
    unseen: Share
    out_of_range: Share
    location: Shift
    scale: Shift
    design: Floats
    """How many values of a column tell the omnibus test as much as one independent value. All other counts here but
    those of `comparison` are of independent values, in whole numbers (Rao and Scott 1992, Biometrics 48(2):577-585)."""

    def excess(self, kind: Share, of: Share) -> Floats:
        """Return the share of a kind of values in the window less that of the reference, shape (n_columns,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(kind.window / of.window - kind.reference / of.reference)


@dataclass(frozen=True)
class Thresholds:
    """From which size on a change matters; each has shape (n_columns,)."""

    psi: Floats
    """Debiased PSI; shifts of location and scale are held to what has the same PSI in a normal column."""
    share: Floats
    """Change of the share of missing values; half of it for values that the reference did not have."""


@dataclass(frozen=True)
class EvidenceTest:
    """One test of whether a column drifted.

    `pvalue` is the chance of what was seen where nothing drifted (NaN where the
    test does not apply); `effect` how large the change is, in the unit that
    `threshold` has. `weight` is the part of a look's significance that the test
    may spend, in proportion to the weights of all.
    """

    key: str
    weight: float
    pvalue: Callable[[EvidenceInputs], Floats]
    effect: Callable[[EvidenceInputs], Floats]
    threshold: Callable[[Thresholds], Floats]
    title: str
    """What it looks at, in words that follow "decided by"."""
    sees: str
    """What it finds, for the table of tests."""
    statistic: str
    """By what, for the same table."""
    matters: Callable[[float], str]
    """Writes a threshold of it, for the same table."""
    omnibus: bool = False
    """Whether it sees any change: then it names one only where no other test does."""
    attainable: Callable[[EvidenceInputs], Floats] = lambda inputs: np.zeros_like(inputs.values.window)
    """The least p-value that could have come out, whatever the side, given what both sides have together: a column
    without any missing value cannot raise an alarm about them, and need not be reckoned with (Tarone 1990,
    Biometrics 46(2):515-522)."""


def percent(effect: float) -> str:
    """Return a threshold that is a share of all values."""
    return f"{100 * effect:.0f} % of all values"
