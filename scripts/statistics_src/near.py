"""Lasting effects near their threshold: how much of the time they are flagged, and how often that begins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from inference_exporter.arrays import Counts, Floats
from inference_exporter.measures.evidence import TESTS
from inference_exporter.reference.reference import ColumnReference
from inference_exporter.verdict.budget import LOOKS_PER_WINDOW
from inference_exporter.verdict.decision import weights_of
from inference_exporter.verdict.effects import Effects
from inference_exporter.verdict.memory import Memory
from numpy.typing import NDArray

from .distributions import NORMAL
from .effort import Effort
from .many import Shares, Windows, references, repeated
from .page import Measured, digits, percent, table, whole
from .power import (
    ALONE,
    CATEGORIES,
    FEATURES,
    NAMES,
    PLAIN,
    REFERENCE_ROWS,
    Family,
    categorical,
    numeric,
    ordinary_significance,
    ordinary_thresholds,
)

SEED = 20_11
SAMPLES = (200, 500, 1000)
PARTS = (0.75, 1.3)
WINDOW = 300.0
SETTLED = 10  # window lengths before looks are counted
REFERENCES = 20


def beyond(share: float) -> Shares:
    """Return cell shares of a normal column, some of whose values are larger than all of the reference."""

    def shares(column: ColumnReference) -> Floats:
        clean = numeric(NORMAL)(column) * (1 - share)
        clean[column.buckets.n_cells - 3] += share
        return clean

    return shares


def moved(by: float) -> Shares:
    """Return cell shares of a categorical column in which some move from the most to the second most common one."""

    def shares(column: ColumnReference) -> Floats:
        clean = categorical()(column)
        largest = np.argsort(clean)[::-1]
        clean[largest[0]] -= by
        clean[largest[1]] += by
        return clean

    return shares


def share_moved(psi: float) -> float:
    """Return the share to move from the most to the second most common category for a PSI."""
    first, second = CATEGORIES[:2]
    low, high = 0.0, first / 2
    for _ in range(50):
        by = (low + high) / 2
        found = -by * np.log((first - by) / first) + by * np.log((second + by) / second)
        low, high = (by, high) if found < psi else (low, by)
    return low


@dataclass(frozen=True)
class Effect:
    """An effect of some part of its threshold."""

    name: str
    family: Family


def shares_of(effect: Effect, part: float) -> Shares:
    """Return the cell shares of a column with an effect."""
    thresholds = ordinary_thresholds(1)
    psi, share = part * float(thresholds.psi[0]), part * float(thresholds.share[0])
    return {
        "location": numeric(NORMAL, part * float(np.sqrt(thresholds.psi[0]))),
        "missing, from 10 %": numeric(NORMAL, missing=0.1 + share),
        "out of range": beyond(share / 2),
        "new category": categorical(share / 2),
        "shape of categories": moved(share_moved(psi)),
    }[effect.name]


EFFECTS = (
    Effect("location", PLAIN),
    Effect("missing, from 10 %", ALONE),
    Effect("out of range", PLAIN),
    Effect("new category", NAMES),
    Effect("shape of categories", NAMES),
)


class Life:
    """Models of one changed feature among 20, from look to look of a window that slides; shape (n_models,)."""

    def __init__(self, windows: Windows) -> None:
        self._windows, self._number = windows, len(windows.columns)
        self._memory = Memory.empty(self._number, WINDOW)
        self._thresholds = ordinary_thresholds(self._number)
        self._now = 0.0

    def look(self, cells: Counts) -> NDArray[np.bool_]:
        """Return whether each model flags its changed feature, as `judge` would."""
        inputs = self._windows.inputs(cells)
        pvalues = np.array([test.pvalue(inputs) for test in TESTS.values()])
        effects = Effects(inputs, self._thresholds, {})
        attainable = np.array([test.attainable(inputs) for test in TESTS.values()])
        levels = weights_of(pvalues, attainable, ordinary_significance()) * ordinary_significance() / FEATURES
        flagged = effects.matter(self._memory.lasting) & (pvalues <= levels[:, np.newaxis])
        self._now += WINDOW / LOOKS_PER_WINDOW
        seen = self._memory.seen(pvalues, effects.sizes, self._now)
        named = flagged | effects.may_matter(pvalues, seen)
        self._memory = seen.naming(named)
        return np.asarray(named.any(axis=0))


def lived(effect: Effect, part: float, samples: int, models: int, lengths: int) -> tuple[float, float]:
    """Return the share of looks that flag an effect, and how often that begins in a model."""
    random = np.random.default_rng([SEED, EFFECTS.index(effect), round(100 * part), samples])
    learned = references([effect.family.draw(random, REFERENCE_ROWS) for _ in range(REFERENCES)], REFERENCE_ROWS)
    windows = Windows(repeated(learned, models), REFERENCE_ROWS)
    shares = [shares_of(effect, part)(column) for column in learned]
    life = Life(windows)
    pieces = [_drawn(samples, shares, models, random) for _ in range(LOOKS_PER_WINDOW)]
    flags = []
    for look in range(LOOKS_PER_WINDOW * (SETTLED + lengths)):
        pieces[look % LOOKS_PER_WINDOW] = _drawn(samples, shares, models, random)
        flags.append(life.look(np.sum(pieces, axis=0)))
    counted = np.array(flags)[LOOKS_PER_WINDOW * SETTLED :]
    begins = (np.array(flags)[1:] & ~np.array(flags)[:-1]).sum(axis=0) + flags[0]
    return float(counted.mean()), float(begins.mean())


def _drawn(samples: int, shares: Sequence[Floats], models: int, random: np.random.Generator) -> Counts:
    """Return the cell counts of a fifth of each model's window."""
    each = [random.multinomial(samples // LOOKS_PER_WINDOW, shares[place % len(shares)]) for place in range(models)]
    return np.concatenate(each)


def rows(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table."""
    for effect in EFFECTS:
        for part in PARTS:
            found = [lived(effect, part, samples, effort.of(24, 4), effort.of(30, 10)) for samples in SAMPLES]
            shown = [f"{percent(share)} / {digits(begins)}" for share, begins in found]
            yield (effect.name, percent(part), *shown)


def measure(effort: Effort) -> Measured:
    """Return the table."""
    header = ("Effect", "% of its threshold", *(whole(number) for number in SAMPLES))
    return Measured({"near": table(header, list(rows(effort)))})
