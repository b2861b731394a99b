"""The error of statistics on cells compared with raw values."""

from collections.abc import Iterator

import numpy as np
from inference_exporter.measures.drift import MEASURES
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.verdict.comparing import Measuring
from scipy.stats import ks_2samp, wasserstein_distance

from .distributions import COUNTS, LOGNORMAL, NORMAL, PARETO_DISTRIBUTION, Distribution
from .effort import Effort
from .page import Measured, digits, table, whole

SEED = 20_06
REFERENCE_ROWS = 10_000
SAMPLES = (50, 200, 1000, 10_000, 100_000)
CHANGES = ((0.3, 1.0), (-1.0, 1.0), (0.0, 1.5))
DISTRIBUTIONS = (NORMAL, LOGNORMAL, PARETO_DISTRIBUTION, COUNTS)


def measure(effort: Effort) -> Measured:
    """Return the table of errors."""
    header = ("Feature", "Error of", *(whole(number) for number in SAMPLES))
    return Measured({"resolution": table(header, list(_rows(effort)), left=2)})


def _rows(effort: Effort) -> Iterator[tuple[str, ...]]:
    for distribution in DISTRIBUTIONS:
        errors = [largest_errors(distribution, number, effort) for number in SAMPLES]
        yield (distribution.name, "KS statistic", *(digits(gap) for gap, _ in errors))
        yield (distribution.name, "Wasserstein, % of itself", *(digits(100 * area) for _, area in errors))


def largest_errors(distribution: Distribution, samples: int, effort: Effort) -> tuple[float, float]:
    """Return the largest errors of both (relative for the distance) over shifted and spread windows."""
    random = np.random.default_rng([SEED, DISTRIBUTIONS.index(distribution), samples])
    gaps, areas = [0.0], [0.0]
    for _ in range(max(effort.of(8), 2)):
        before = distribution.value(random.normal(size=REFERENCE_ROWS))
        grid = Grid(build({"x": before}, REFERENCE_ROWS, created=0.0))
        measuring = Measuring(grid)
        for mean, stddev in CHANGES:
            values = distribution.value(random.normal(mean, stddev, size=samples))
            located = grid.locate(Batch(samples, ModelKey(), np.zeros(samples), features={"x": values}))
            found = measuring.compare(located.counts(slice(None), grid.n_cells), located.sums(slice(None)))
            gap, area = (float(MEASURES[key].compute(found)[0]) for key in ("ks_statistic", "wasserstein_normalized"))
            gaps.append(abs(gap - float(ks_2samp(before, values).statistic)))
            exact = float(wasserstein_distance(before, values)) / float(before.std(ddof=1))
            areas.append(abs(area / exact - 1))
    return max(gaps), max(areas)
