"""What a window remembers of its looks: effects that last, and the tests that flagged a column."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.evidence import TESTS

SHOWN_PVALUE = 0.05  # a look shows an effect if its p-value is at most this, whether the effect matters or not
LENGTHS = 4.0  # of the window: time in which a look loses most of its weight (exponential average)
LASTING_SHARE = 0.4  # of the looks by weight: an effect that so many show is not new
FIRST_SIZE = 1.5  # at most, for the look that flags: of many looks at a small effect, a lucky one does
AVERAGED = 10.0  # lengths of the window: the mean size of a flagged effect is that of so many at most

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Memory:
    """Of one window; arrays have shape (n_tests, n_columns)."""

    shown: Floats
    """Share of the recent looks, by weight, that showed an effect."""
    named: Flags
    """The tests that flagged a column that is still flagged."""
    size: Floats
    """Mean size of each named effect since it was first flagged, in multiples of its threshold."""
    age: Floats
    """Lengths of the window that the mean is of."""
    window_seconds: float
    at: float = -math.inf

    @classmethod
    def empty(cls, n_columns: int, window_seconds: float) -> "Memory":
        """Return a memory without looks."""
        zeros = np.zeros((len(TESTS), n_columns))
        return cls(zeros, zeros > 0, zeros, zeros, window_seconds)

    @property
    def lasting(self) -> Flags:
        """The effects that most of the recent looks showed."""
        return np.asarray(self.shown > LASTING_SHARE)

    def seen(self, pvalues: Floats, sizes: Floats, now: float) -> "Memory":
        """Return the memory with another look's p-values and sizes of effects.

        Looks overlap: one counts for the time since the last one, at most for a length of the window.
        """
        passed = min(abs(now - self.at) / self.window_seconds, 1.0)
        weight = 1.0 - math.exp(-passed / LENGTHS)
        age = np.where(self.named, np.minimum(self.age + passed, AVERAGED), 1.0)
        size = np.where(self.named, self.size + passed / age * (sizes - self.size), np.minimum(sizes, FIRST_SIZE))
        shown = self.shown + weight * ((pvalues <= SHOWN_PVALUE) - self.shown)
        return replace(self, shown=shown, size=size, age=age, at=now)

    def naming(self, named: Flags) -> "Memory":
        """Return the memory with the tests that flag a column after the look."""
        return replace(self, named=named)

    def without_names(self) -> "Memory":
        """Return the memory when the verdict is unknown again."""
        return self.naming(np.zeros_like(self.named))
