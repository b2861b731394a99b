"""The accuracy of the tests' p-values, as far into the tail as verdicts go.

A p-value of one in a million occurs once in a million windows. So clean windows are drawn from distributions tilted
towards the tail, and weighted with the density ratio (importance sampling with a mixture: Hesterberg 1995,
Technometrics 37(2):185-194); tests of shares are summed over all outcomes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from inference_exporter.arrays import Floats
from inference_exporter.measures.evidence.missing import missing_pvalue
from inference_exporter.measures.evidence.shape import likelihood_ratio_pvalue
from inference_exporter.measures.hypergeometric import hypergeometric_tail
from inference_exporter.reference.buckets import NumericBuckets
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.normal_scores import RankScores
from inference_exporter.reference.reference import ColumnReference, Reference
from scipy.stats import betabinom, binom

from .distributions import DISTRIBUTIONS, RARE_FLAG, Distribution, zipf
from .effort import Effort
from .many import drawn, references
from .page import Measured, table, whole

SEED = 20_01
ALPHAS = 10.0 ** -np.arange(2, 7)
SAMPLES = (50, 200, 1000, 10_000, 1_000_000)
REFERENCE_ROWS = 10_000
PLACES = (0.0, 2.8, -2.8, 3.9, -3.9, 5.0, -5.0)
"""Means of the standardised difference under the tilted distributions."""
BUCKETS = {
    ("20 even buckets", REFERENCE_ROWS): np.full(20, 0.05),
    ("Zipf, 30 and the rest", REFERENCE_ROWS): np.append(zipf(5000)[:30], zipf(5000)[30:].sum()),
    ("3 categories", REFERENCE_ROWS): np.array([0.7, 0.2, 0.1]),
    ("30 rare of 0.1 %", REFERENCE_ROWS): np.append(np.full(30, 1e-3), 0.97),
    ("halves of halves, 15", REFERENCE_ROWS): np.append(0.5 ** np.arange(1, 15), 0.5**14),
    ("the same, reference of 1,000", 1000): np.append(0.5 ** np.arange(1, 15), 0.5**14),
}


@dataclass(frozen=True)
class Tilt:
    """Mean and standard deviation of a tilted normal distribution."""

    mean: float
    stddev: float

    def log_ratio(self, z: Floats) -> Floats:
        """Return the log of the tilted density over the standard one."""
        return np.asarray(np.square(z) / 2 - np.square((z - self.mean) / self.stddev) / 2 - np.log(self.stddev))


def tilts(test: str, place: float, n: int, m: int) -> tuple[Tilt, Tilt]:
    """Return the tilts of window and reference that move the difference to a place, in standard deviations."""
    difference = place * np.sqrt(1 / n + 1 / m)
    own, other = difference * m / (n + m), -difference * n / (n + m)
    if test == "location":
        return Tilt(own, 1.0), Tilt(other, 1.0)
    root = np.sqrt(2) / 2  # squares have the standard deviation sqrt(2), and log variance is twice log stddev
    return Tilt(0.0, float(np.exp(own * root))), Tilt(0.0, float(np.exp(other * root)))


def rank_tail(test: str, distribution: Distribution, n: int, effort: Effort) -> Floats:
    """Return observed over nominal probabilities of p-values at most each alpha, shape (n_alphas,)."""
    random = np.random.default_rng([SEED, DISTRIBUTIONS.index(distribution), n, test == "scale"])
    pairs = [tilts(test, place / distribution.correlation, n, REFERENCE_ROWS) for place in PLACES]
    each = max(effort.of(60 if n < REFERENCE_ROWS else 120), 4)
    columns: list[Floats] = []
    origins, logs = [], []
    for place, (_, other) in enumerate(pairs):
        z = random.normal(other.mean, other.stddev, size=(each, REFERENCE_ROWS))
        columns += list(distribution.value(z))
        origins += [place] * each
        logs.append(np.array([tilt.log_ratio(z).sum(axis=1) for _, tilt in pairs]))
    learned = references(columns, REFERENCE_ROWS)
    grid = Grid(Reference(tuple(learned), REFERENCE_ROWS, created=0.0))
    scores = RankScores(grid)
    cells_of = [[_cells(distribution, column, own) for own, _ in pairs] for column in learned]
    ratios = _log_ratios(distribution, learned, [own for own, _ in pairs])
    of_reference = np.concatenate(logs, axis=1)
    if distribution.discrete:  # only a value's cell is known, which varies less than its normal value
        of_cells = _log_ratios(distribution, learned, [other for _, other in pairs])
        of_reference = np.add.reduceat(of_cells * grid.reference_counts(), grid.starts, axis=1)
    shares = [of[origin] for of, origin in zip(cells_of, origins, strict=True)]
    hits, times = np.zeros(len(ALPHAS)), 20 if n < REFERENCE_ROWS else 4
    for _ in range(times):
        cells = drawn(n, shares, len(shares), random)
        log_mixture = np.add.reduceat(ratios * cells, grid.starts, axis=1) + of_reference
        weights = 1 / np.exp(log_mixture).mean(axis=0)
        pvalues = scores.compare(cells)[test == "scale"].pvalue
        hits += (weights * (pvalues <= ALPHAS[:, np.newaxis])).sum(axis=1)
    return np.asarray(hits / times / len(shares) / ALPHAS)


def _cells(distribution: Distribution, column: ColumnReference, tilt: Tilt) -> Floats:
    assert isinstance(column.buckets, NumericBuckets)
    shares = distribution.shares(column.buckets.cuts, tilt.mean, tilt.stddev)
    return np.concatenate([np.maximum(shares, 0.0), [0.0, 0.0]])


def _log_ratios(distribution: Distribution, columns: Sequence[ColumnReference], tilted: Sequence[Tilt]) -> Floats:
    """Return the log ratio of each cell's tilted and true share, shape (n_tilts, n_cells of all)."""
    true = np.concatenate([_cells(distribution, column, Tilt(0.0, 1.0)) for column in columns])
    shares = np.stack([np.concatenate([_cells(distribution, column, tilt) for column in columns]) for tilt in tilted])
    return np.asarray(np.log(np.divide(shares, true, out=np.ones_like(shares), where=(true > 0) & (shares > 0))))


def shape_tail(shares: Floats, n: int, m: int, effort: Effort) -> Floats:
    """Return the same for the likelihood ratio over the given buckets; without tilting, so only down to 1e-4."""
    random = np.random.default_rng([SEED, 3, n, m, len(shares)])
    hits, total = np.zeros(len(ALPHAS)), 0
    for _ in range(effort.of(16, 4)):
        reference = random.multinomial(m, shares, size=25_000).astype(np.float64)
        window = random.multinomial(n, shares, size=25_000).astype(np.float64)
        hits += (likelihood_ratio_pvalue(reference, window) <= ALPHAS[:, np.newaxis]).sum(axis=1)
        total += len(window)
    return np.where(ALPHAS * total >= 10, hits / total / ALPHAS, np.nan)


def missing_tail(share: float, n: int) -> Floats:
    """Return the same for the test of missing values, over all possible outcomes."""
    own, other = _likely(n, share), _likely(REFERENCE_ROWS, share)
    k, j = np.meshgrid(own, other, indexing="ij")
    chance = binom.pmf(k, n, share) * binom.pmf(j, REFERENCE_ROWS, share)
    pvalues = missing_pvalue(k, np.full_like(k, n), j, np.full_like(j, REFERENCE_ROWS))
    return np.array([chance[pvalues <= alpha * (1 + 1e-9)].sum() / alpha for alpha in ALPHAS])


def _likely(n: int, share: float) -> Floats:
    low, high = binom.ppf([1e-12, 1 - 1e-12], n, share)
    # For a million values some 7,000 outcomes have a relevant probability.
    return np.arange(max(low - 1, 0), min(high + 1, n) + 1)


def _tail_against(k: Floats, n: int, in_reference: float) -> Floats:
    """Return the p-values of counts in a window, given the count in the reference."""
    return hypergeometric_tail(k, np.full_like(k, n), np.full_like(k, in_reference), np.full_like(k, REFERENCE_ROWS))


def out_of_range_tail(n: int) -> Floats:
    """Return the same for numbers beyond the extremes of the reference, whose count is beta-binomial."""
    k = np.arange(0, min(n, 4000) + 1, dtype=np.float64)
    chance = betabinom.sf(k - 1, n, 2, REFERENCE_ROWS - 1)
    pvalues = _tail_against(k, n, 1.0)
    return np.array([_first(chance, pvalues, alpha) / alpha for alpha in ALPHAS])


def _first(chance: Floats, pvalues: Floats, alpha: float) -> float:
    found = np.flatnonzero(pvalues <= alpha)
    return float(chance[found[0]]) if len(found) else 0.0


def unseen_tail(shares: Floats, n: int, effort: Effort, least: float = 0.0) -> Floats:
    """Return the same for unseen categories, whose count is binomial given a reference, and an excess of `least`."""
    random = np.random.default_rng([SEED, 4, n, len(shares)])
    counts = random.multinomial(REFERENCE_ROWS, shares, size=effort.of(2000))
    mass = np.where(counts == 0, shares, 0.0).sum(axis=1)
    once = np.count_nonzero(counts == 1, axis=1)
    k = np.arange(0, min(n, 1000 + n // 50) + 1, dtype=np.float64)
    found = np.zeros(len(ALPHAS))
    for singletons in np.unique(once).tolist():
        pvalues = _tail_against(k, n, singletons)
        pvalues[k / n - singletons / REFERENCE_ROWS < least] = 1.0
        own = mass[once == singletons]
        for place, alpha in enumerate(ALPHAS):
            beyond = np.flatnonzero(pvalues <= alpha)
            found[place] += binom.sf(k[beyond[0]] - 1, n, own).sum() if len(beyond) else 0.0
    # References are simulated, which limits alpha; windows are summed exactly.
    resolved = (ALPHAS * len(counts) >= 1) | (n <= REFERENCE_ROWS)
    return np.where(resolved, found / len(counts) / ALPHAS, np.nan)


def measure(effort: Effort) -> Measured:
    """Return the tables of tails."""
    ranks = [row for test in ("location", "scale") for row in _rank_rows(test, effort)]
    header = ("Test", "Feature", "n", *(f"{alpha:.0e}".replace("e-0", "e-") for alpha in ALPHAS))
    return Measured(
        {"tails-ranks": table(header, ranks, left=2), "tails-rest": table(header, list(_other_rows(effort)), left=2)}
    )


def _rank_rows(test: str, effort: Effort) -> Iterator[tuple[object, ...]]:
    for distribution in DISTRIBUTIONS:
        if test == "scale" and distribution is RARE_FLAG:
            continue  # with two values, the test of scale is that of location
        for n in SAMPLES:
            yield (f"`{test}`", distribution.name, whole(n), *_shown(rank_tail(test, distribution, n, effort)))


def _other_rows(effort: Effort) -> Iterator[tuple[object, ...]]:
    for (name, m), shares in BUCKETS.items():
        for n in SAMPLES[::2]:
            yield ("`shape`", name, whole(n), *_shown(shape_tail(shares, n, m, effort)))
    for share in (0.001, 0.01, 0.1):
        for n in SAMPLES[:-1]:
            yield ("`missing`", f"{100 * share:g} % missing", whole(n), *_shown(missing_tail(share, n)))
    for n in SAMPLES:
        yield ("`out_of_range`", "any density", whole(n), *_shown(out_of_range_tail(n)))
    for name, least in (("Zipf, long tail", 0.0), ("the same, and 1 point more", 0.01)):
        for n in SAMPLES:
            yield ("`unseen`", name, whole(n), *_shown(unseen_tail(zipf(2000, 2.0), n, effort, least)))


def _shown(ratios: Floats) -> list[str]:
    return ["-" if np.isnan(ratio) else f"{ratio:.2f}" for ratio in ratios.tolist()]
