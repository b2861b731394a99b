"""Power: the probability that one look reports the changed feature, one of 20, at the default budget."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from inference_exporter.arrays import Column, Counts, Floats
from inference_exporter.config.schema import DEFAULT_WINDOWS, DriftConfig, LearningConfig
from inference_exporter.measures.evidence._base import EvidenceInputs, Thresholds
from inference_exporter.reference.buckets import CategoricalBuckets, NumericBuckets
from inference_exporter.reference.reference import ColumnReference
from inference_exporter.verdict.budget import significance_per_look
from numpy.typing import NDArray

from .distributions import LOGNORMAL, NORMAL, Distribution
from .effort import Effort
from .figures import Curve, chart
from .many import Evidence, Shares, Windows, drawn, references, repeated
from .page import Measured, percent, table, whole

SEED = 20_03
REFERENCE_ROWS = 10_000
LEARNED_ROWS = LearningConfig().samples
FEATURES = 20
SAMPLES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)
CATEGORIES = (0.4, 0.3, 0.15, 0.1, 0.05)


def ordinary_significance() -> float:
    """Return the significance of a look with default windows and budget."""
    return significance_per_look(DriftConfig().false_alarms_per_month, [window.seconds for window in DEFAULT_WINDOWS])


def ordinary_thresholds(columns: int) -> Thresholds:
    """Return the default thresholds of some columns."""
    drift = DriftConfig()
    return Thresholds(np.full(columns, drift.threshold), np.full(columns, drift.share_threshold))


@dataclass(frozen=True)
class Family:
    """A kind of feature: how its reference is drawn, and its cell shares without a change."""

    draw: Callable[[np.random.Generator, int], Column]
    clean: Shares
    others: "Family | None" = None
    """The kind of the model's other features, if it differs."""


@dataclass(frozen=True)
class Change:
    """A change of one feature of a family; `promised` is the number of samples for a power of 0.9."""

    name: str
    family: Family
    shares: Shares
    promised: int = 0


def numeric(distribution: Distribution, mean: float = 0.0, stddev: float = 1.0, missing: float = 0.0) -> Shares:
    """Return cell shares of a numeric column."""

    def shares(column: ColumnReference) -> Floats:
        assert isinstance(column.buckets, NumericBuckets)
        present = distribution.shares(column.buckets.cuts, mean, stddev) * (1 - missing)
        return np.concatenate([present, [0.0, missing]])

    return shares


def categorical(new: float = 0.0) -> Shares:
    """Return cell shares of a categorical column, with some share of an unseen category."""

    def shares(column: ColumnReference) -> Floats:
        assert isinstance(column.buckets, CategoricalBuckets)
        known = [CATEGORIES[int(name)] * (1 - new) for name in column.buckets.categories]
        return np.array([*known, 0.0, new, 0.0, 0.0])

    return shares


def _numbers(distribution: Distribution, missing: float = 0.0) -> Family:
    def draw(random: np.random.Generator, rows: int) -> Column:
        values = distribution.value(random.normal(size=rows))
        return np.where(random.random(rows) < missing, np.nan, values)

    return Family(draw, numeric(distribution, missing=missing))


def _names(random: np.random.Generator, rows: int) -> Column:
    return [str(code) for code in random.choice(len(CATEGORIES), rows, p=CATEGORIES).tolist()]


PLAIN, LEAKY, SKEWED = _numbers(NORMAL), _numbers(NORMAL, 0.10), _numbers(LOGNORMAL)
ALONE = Family(LEAKY.draw, LEAKY.clean, PLAIN)
NAMES = Family(_names, categorical())
FAMILIES = (PLAIN, LEAKY, ALONE, SKEWED, NAMES)
DRAWN = ("mean + 0.3 sd", "mean + 0.4 sd", "mean + 0.5 sd", "mean + 1 sd", "spread × 1.5", "new category 2 %")
CHANGES = (
    *(
        Change(f"mean + {shift:g} sd", PLAIN, numeric(NORMAL, shift), {0.4: 500, 0.5: 200}.get(shift, 0))
        for shift in (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
    ),
    *(Change(f"spread × {factor:g}", PLAIN, numeric(NORMAL, 0.0, factor)) for factor in (1.1, 1.25, 1.5, 2.0)),
    *(
        Change(f"missing 0 → {share:.0%}".replace("%", " %"), PLAIN, numeric(NORMAL, missing=share), promised)
        for share, promised in ((0.01, 0), (0.02, 0), (0.05, 200))
    ),
    *(
        Change(f"missing 10 → {share:.0%}".replace("%", " %"), ALONE, numeric(NORMAL, missing=share), promised)
        for share, promised in ((0.12, 0), (0.15, 2000))
    ),
    Change("the same, all others miss 10 % too", LEAKY, numeric(NORMAL, missing=0.15)),
    *(
        Change(f"new category {100 * share:g} %", NAMES, categorical(share), promised)
        for share, promised in ((0.005, 0), (0.01, 0), (0.02, 1000), (0.05, 0))
    ),
    Change("lognormal × 10", SKEWED, numeric(LOGNORMAL, float(np.log(10))), 50),
)


class Bench:
    """Windows of one changed feature, each judged together with clean features of its family."""

    def __init__(self, family: Family, windows: int, n_references: int, rows: int = REFERENCE_ROWS) -> None:
        self._seed = [SEED, FAMILIES.index(family), rows]
        random = np.random.default_rng(self._seed)
        others = family.others or family
        drawn_by = [family.draw(random, rows) for _ in range(n_references)]
        self._columns = references(drawn_by, rows)
        clean = references([others.draw(random, rows) for _ in range(n_references)], rows)
        self._changed, self._clean = windows, 10 * (FEATURES - 1)
        columns = [*repeated(self._columns, windows), *repeated(clean, self._clean, "clean")]
        self._windows = Windows(columns, rows)
        self._clean_shares = [others.clean(column) for column in clean]
        self._clean_cells: dict[int, Counts] = {}

    def inputs(self, change: Change, samples: int, random: np.random.Generator) -> EvidenceInputs:
        """Return the inputs of changed windows, then of clean ones."""
        shares = [change.shares(column) for column in self._columns]
        changed = drawn(samples, shares, self._changed, random)
        return self._windows.inputs(np.concatenate([changed, self._clean_of(samples)]))

    def looks(self, random: np.random.Generator) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Yield each changed window with those of the other features of its model."""
        for place in range(self._changed):
            yield place, self._changed + random.choice(self._clean, FEATURES - 1, replace=False)

    def power(self, change: Change, samples: int, significance: float, random: np.random.Generator) -> float:
        """Return the share of windows in which the changed feature is reported."""
        inputs = self.inputs(change, samples, random)
        evidence = Evidence.of(inputs, ordinary_thresholds(len(inputs.values.window)))
        return float(np.mean([evidence.names(place, others, significance) for place, others in self.looks(random)]))

    def _clean_of(self, samples: int) -> Counts:
        if samples not in self._clean_cells:
            random = np.random.default_rng([*self._seed, samples])
            self._clean_cells[samples] = drawn(samples, self._clean_shares, self._clean, random)
        return self._clean_cells[samples]


def measured_powers(
    changes: Sequence[Change], samples: Sequence[int], effort: Effort, rows: int = REFERENCE_ROWS
) -> Iterator[tuple[Change, list[float]]]:
    """Yield each change with its power by number of samples."""
    significance = ordinary_significance()
    benches: dict[int, Bench] = {}
    for change in changes:
        place = FAMILIES.index(change.family)
        if place not in benches:
            benches[place] = Bench(change.family, effort.of(1000), effort.of(100, 5), rows)
        random = np.random.default_rng([SEED, len(FAMILIES), CHANGES.index(change), rows])
        yield change, [benches[place].power(change, number, significance, random) for number in samples]


def measure(effort: Effort) -> Measured:
    """Return the table of powers and their curves."""
    rows, curves = [], []
    for change, powers in measured_powers(CHANGES, SAMPLES, effort):
        cells = [
            f"**{percent(power)}**" if number == change.promised else percent(power)
            for number, power in zip(SAMPLES, powers, strict=True)
        ]
        rows.append((change.name, *cells))
        if change.name in DRAWN:
            curves.append(Curve(change.name, SAMPLES, powers))
    header = ("Change", *(whole(number) for number in SAMPLES))
    figure = chart("Chance of a verdict at one look", "samples in the window", curves)
    return Measured(
        {"power": table(header, rows), "power-learned": learned_table(effort)}, {"statistics-power.svg": figure}
    )


def learned_table(effort: Effort) -> str:
    """Return the power with a reference learned from few samples."""
    chosen = [change for change in CHANGES if change.name in DRAWN or change.promised]
    found = measured_powers(chosen, SAMPLES[:8], effort, LEARNED_ROWS)
    rows = [(change.name, *(percent(power) for power in powers)) for change, powers in found]
    return table((f"Change, reference of {whole(LEARNED_ROWS)}", *(whole(number) for number in SAMPLES[:8])), rows)
