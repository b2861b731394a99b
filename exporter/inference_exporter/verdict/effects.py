"""Whether an effect matters: its size and its confidence limits against the smallest one that does.

A window estimates an effect. Where the estimate alone is held against a
threshold, a lasting effect just below it crosses it by luck, again and again.
So three rules apply, each with its level:

- An effect **matters** if its estimate reaches the threshold.
- If earlier looks showed the effect as well and it did not matter then, its
  lower limit must also exceed `LEAST_PART` of the threshold: a test of "the
  effect is at most three quarters of its threshold" (a composite null
  hypothesis: Murphy and Myors 1999, J. Appl. Psychol. 84(2):234-248).
- A test that flagged a column **keeps** it while its effect may still matter:
  until the upper limit is below the threshold and the estimate well below it,
  or its mean size since then is (a lucky look is soon outweighed), or nothing
  is left of the evidence.
"""

from collections.abc import Mapping

import numpy as np

from ..arrays import Floats
from ..measures.evidence import TESTS, EvidenceInputs, Thresholds
from .memory import Flags, Memory

LEAST_PART = 0.75  # of the threshold: a lasting effect this large is not flagged …
LOWER_Z = 3.09  # … with 99.9 % confidence at one look, so that it is flagged less than 1 % of the time
UPPER_Z = 1.645  # a flagged effect has ended once it is below its threshold with 95 % confidence …
LEFT_PART = 0.8  # … and below this part of it …
LEFT_MEAN = 0.9  # … or below this part in the mean of all looks since it was flagged …
LEFT_PVALUE = 0.2  # … or once this much chance explains it: small windows are never sure of anything smaller


class Effects:
    """The effects of one look, as multiples of the smallest ones that matter; shape (n_tests, n_columns)."""

    def __init__(self, inputs: EvidenceInputs, thresholds: Thresholds, bands: Mapping[str, Floats]) -> None:
        self._inputs = inputs
        self._least = np.array(
            [np.fmax(test.threshold(thresholds), bands.get(test.key, 0.0)) for test in TESTS.values()]
        )
        self.sizes = np.array([test.effect(inputs) for test in TESTS.values()]) / self._least

    def matter(self, lasting: Flags | None = None) -> Flags:
        """Return which effects matter; of those that `lasting` marks, the lower limit decides as well."""
        enough = np.asarray(self.sizes >= 1.0)
        if lasting is None or not (enough & lasting).any():  # as at nearly every look
            return enough
        return np.asarray(enough & (~lasting | (self._limits(-LOWER_Z) > LEAST_PART)))

    def may_matter(self, pvalues: Floats, memory: Memory) -> Flags:
        """Return which of the effects that were flagged before may still matter; the memory has seen this look."""
        named = memory.named & (memory.size >= LEFT_MEAN) & (pvalues <= LEFT_PVALUE)
        if not named.any():
            return np.asarray(named)
        return np.asarray(named & ((self.sizes >= LEFT_PART) | (self._limits(UPPER_Z) >= 1.0)))

    def _limits(self, z: float) -> Floats:
        return np.asarray(np.array([test.limit(self._inputs, z) for test in TESTS.values()]) / self._least)
