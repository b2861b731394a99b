"""Verdicts on clean windows, drawn from the reference itself, so that every alarm is false."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from ..config.schema import ModelConfig, Window
from ..measures.performance import wilson
from ..model.monitor import Monitor
from ..reference.buckets import NumericBuckets
from ..reference.reference import ColumnReference, Reference
from ..samples.batch import COLUMNS, Batch, Group, ModelKey
from ..samples.batch_rows import batch_rows

# Many times a drawn window, so that few rows are drawn twice.
POOL_ROWS = 100_000
SAMPLES_AT_MOST = 20_000  # in a drawn window; larger ones are less noisy, so this is conservative
VALUES_AT_MOST = 40_000_000  # drawn in total for one window, which takes seconds
QUANTILE = 0.999


@dataclass(frozen=True)
class CleanEstimate:
    """How often clean windows of one size look drifted, with the Monte Carlo interval."""

    window: str
    samples: int
    draws: int
    alarms: int
    """Drawn windows in which any feature was flagged as drifted."""
    share: float
    low: float
    high: float
    quantiles: tuple[float, ...]
    """Effect that one clean window in a thousand exceeds, by column."""
    source: str
    """Rows, if the reference was learned from this recording, or the reference's counts."""


def estimate(
    key: ModelKey,
    config: ModelConfig,
    reference: Reference,
    window: Window,
    samples: int,
    draws: int,
    rows: Batch | None = None,
    seed: int = 0,
) -> CleanEstimate:
    """Return the estimate for windows of `samples` samples.

    Parameters
    ----------
    rows : Batch or None
        The rows that the reference was made from: drawing rows keeps dependence between features. Without them every
        column is drawn independently from the reference's counts.

    Notes
    -----
    Each draw fills the window anew in the engine of the replay, far enough from the previous draw that nothing of it
    is left. The interval is Wilson's (1927), J. Am. Stat. Assoc. 22:209-212.
    """
    random = np.random.default_rng(seed)
    size = min(samples, SAMPLES_AT_MOST)
    pool = rows if rows is not None else pool_of(reference, key, random)
    # At least 20 even for wide references: fewer would leave an interval that says nothing.
    draws = max(min(draws, VALUES_AT_MOST // max(size * len(reference.columns), 1)), min(draws, 20))
    monitor = Monitor(key, replace(config, reference=None), (window,), reference)
    alarms, effects = 0, []
    for place in range(draws):
        # Several window lengths apart, so that the window of the previous draw has passed.
        start = (2.0 * place + 4.0) * window.seconds
        drawn = _drawn(pool, size, start, window.seconds, random)
        monitor.add(drawn, wall=float(drawn.times[-1]))
        histograms = monitor.view(float(drawn.times[-1])).windows[0].histograms
        assert histograms is not None
        alarms += bool((histograms.drifted == 1).any())
        effects.append(histograms.drift["psi_debiased"])
    low, high = wilson(alarms, draws)
    matrix = np.array(effects)
    # A column without a value never exceeds anything; quantiles of NaN would be NaN for all.
    known = np.where(np.isnan(matrix), -np.inf, matrix)
    quantiles = np.quantile(known, QUANTILE, axis=0, method="higher")
    return CleanEstimate(
        window.name, size, draws, alarms, alarms / draws, low, high,
        tuple(value if math.isfinite(value) else math.nan for value in quantiles.tolist()),
        "rows" if rows is not None else "counts",
    )  # fmt: skip


def _drawn(pool: Batch, size: int, start: float, seconds: float, random: np.random.Generator) -> Batch:
    rows = random.integers(pool.size, size=size)
    # Well inside one window, whatever its slots.
    times = start + np.sort(random.random(size)) * seconds * 0.9
    batch = batch_rows(pool, rows)
    return replace(batch, times=times, ids=None, latency_seconds=None, codes=None, trace_ids=None, stages={})


def pool_of(reference: Reference, key: ModelKey, random: np.random.Generator, size: int = POOL_ROWS) -> Batch:
    """Return rows drawn from a reference's counts, column by column."""
    columns = {column: _values(column, random, size) for column in reference.columns}
    of: dict[Group, dict[str, Column]] = {group: {} for group in COLUMNS}
    for column, values in columns.items():
        of[column.group][column.name] = values
    return Batch(
        size,
        key,
        np.zeros(size),
        features=of["feature"],
        prediction=of["prediction"].get("prediction"),
        scores=of["score"],
        intermediate=of["intermediate"],
        action=of["action"].get("action"),
    )


def _values(column: ColumnReference, random: np.random.Generator, size: int) -> Column:
    total = column.counts.sum()
    cells = (
        random.choice(len(column.counts), size=size, p=column.counts / total) if total else np.zeros(size, dtype=int)
    )
    if isinstance(column.buckets, NumericBuckets):
        return _numbers(column, column.buckets, cells, random)
    names: Sequence[object] = column.buckets.categories
    # NUL cannot be part of a category, so these names are surely new to the reference.
    other = column.buckets.others[0] if column.buckets.others else "\0other"
    values = (*names, other, "\0unseen", [], None)
    return DictionaryColumn(cells.astype(np.intp), values[: column.buckets.n_cells])


def _numbers(
    column: ColumnReference, buckets: NumericBuckets, cells: np.ndarray, random: np.random.Generator
) -> Floats:
    """Return a number of each cell: its lower cut as often as in the reference, otherwise evenly
    distributed within it."""
    n = len(buckets.cuts)
    numbers = np.full(len(cells), np.nan)
    numbers[cells == n + 1] = np.inf
    inside = (cells >= 1) & (cells < n)
    place = cells[inside] - 1
    low, high = buckets.cuts[place], buckets.cuts[place + 1]
    on_cut = random.random(len(place)) < column.atoms[place]
    numbers[inside] = np.where(on_cut, column.cut_points[place], low + random.random(len(place)) * (high - low))
    return numbers
