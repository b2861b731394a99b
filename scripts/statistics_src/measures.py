"""Each drift measure: its definition, its value without drift, and its value for a shift of the mean."""

from collections.abc import Iterator, Sequence

import numpy as np
from inference_exporter.arrays import Floats
from inference_exporter.config.schema import DriftConfig
from inference_exporter.measures.drift import MEASURES
from inference_exporter.measures.drift._base import Comparison, DriftMeasure
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import Reference
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.verdict.comparing import Measuring

from .effort import Effort
from .figures import Curve, chart
from .many import references, repeated
from .page import Measured, digits, table, whole

SEED = 20_04
REFERENCE_ROWS = 10_000
SAMPLES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)
SHIFTS = (0.1, 0.2, float(np.sqrt(DriftConfig().threshold)), 0.5, 1.0)
LARGE = 200_000  # rows of reference and window for negligible noise
PIECE = 20_000  # rows per call


def measure(effort: Effort) -> Measured:
    """Return the tables of measures."""
    rows = list(noise_rows(SAMPLES, effort))
    header = ("Measure where nothing drifted", *(whole(number) for number in SAMPLES))
    equivalents = list(equivalent_rows(effort))
    columns = ("Measure of a shift of", *(f"{shift:.3g} sd" for shift in SHIFTS), "the same as 0.316 sd")
    return Measured(
        {"measures": described(), "noise": table(header, rows), "equivalents": table(columns, equivalents)},
        {"statistics-noise.svg": _figure(rows)},
    )


def described() -> str:
    """Return the definition of each measure."""
    of = {"all": "all", "numeric": "numbers", "categorical": "categories"}
    rows = [
        (f"`{key}`", each.title, each.formula, each.range, f"{each.neutral:g}", of[each.columns], each.source)
        for key, each in MEASURES.items()
    ]
    return table(("Measure", "Title", "Formula", "Range", "Without drift", "Of", "Source"), rows, left=7)


class Normal:
    """Windows of normal features, counted as in the product, each with its own reference."""

    def __init__(self, rows: int, n_references: int, windows: int) -> None:
        self._random = np.random.default_rng([SEED, rows])
        learned = references([self._random.normal(size=rows) for _ in range(n_references)], rows)
        self._windows = windows
        self._grid = Grid(Reference(tuple(repeated(learned, windows)), rows, created=0.0))
        self._measuring = Measuring(self._grid)

    def comparison(self, samples: int, shift: float = 0.0) -> Comparison:
        """Return windows of some samples, shifted by some standard deviations, with their references."""
        cells, sums = np.zeros(self._grid.n_cells, dtype=np.int64), np.zeros(self._grid.n_sums)
        for first in range(0, samples, PIECE):
            rows = min(PIECE, samples - first)
            values = self._random.normal(shift, size=(self._windows, rows))
            columns = {column.name: own for column, own in zip(self._grid.columns, values, strict=True)}
            located = self._grid.locate(Batch(rows, ModelKey(), np.zeros(rows), features=columns))
            cells += located.counts(slice(None), self._grid.n_cells)
            sums += located.sums(slice(None))
        return self._measuring.compare(cells, sums)


def noise(keys: Sequence[str], samples: int, effort: Effort) -> dict[str, tuple[float, float]]:
    """Return the mean of the measures over clean windows, and its prediction."""
    windows = effort.of(400 if samples <= 10_000 else 100 if samples <= 100_000 else 30, 4)
    comparison = Normal(REFERENCE_ROWS, windows, windows).comparison(samples)
    found = {}
    for key in keys:
        each = MEASURES[key]
        assert each.floor is not None
        found[key] = (_size(each, comparison), float(np.mean(each.floor(comparison))))
    return found


def _size(each: DriftMeasure, comparison: Comparison) -> float:
    values: Floats = each.compute(comparison)
    return float(np.mean(np.abs(values)))


def noise_rows(samples: Sequence[int], effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield the noise of each distance: measured / predicted."""
    keys = [key for key, each in MEASURES.items() if each.floor is not None]
    found = [noise(keys, number, effort) for number in samples]
    for key in keys:
        yield (f"`{key}`", *(f"{digits(of[key][0])} / {digits(of[key][1])}" for of in found))


def equivalent_rows(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield the value of each measure for shifts of the mean, and the threshold equivalent to the default."""
    normal = Normal(LARGE, 2, 2)
    rows = LARGE if not effort.quick else LARGE // 4
    comparisons = [normal.comparison(rows, shift) for shift in SHIFTS]
    for key, each in MEASURES.items():
        if each.shift_of is not None:
            yield (
                f"`{key}`",
                *(digits(_size(each, comparison)) for comparison in comparisons),
                digits(standing_for(each, SHIFTS[2])),
            )


def standing_for(each: DriftMeasure, shift: float) -> float:
    """Return the shift equivalent to a threshold, by bisection."""
    assert each.shift_of is not None
    low, high = 0.0, 1.0 if each.range == "0 to 1" else 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(each.shift_of(np.array(middle))) < shift else (low, middle)
    return low


def _figure(rows: Sequence[Sequence[str]]) -> str:
    """Return a figure of the measures of pure noise."""
    drawn = ("psi", "js_distance", "ks_statistic", "wasserstein_normalized", "total_variation")
    of_key = {row[0].strip("`"): row[1:] for row in rows}
    curves = [
        Curve(key, SAMPLES, [float(cell.split(" / ")[0].replace(",", "")) for cell in of_key[key]]) for key in drawn
    ]
    return chart("What noise alone shows, reference of 10,000 rows", "samples in the window", curves, log_y=True)
