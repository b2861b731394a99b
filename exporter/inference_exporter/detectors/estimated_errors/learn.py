"""Learns how large the errors of the reference's predictions are, given prediction and features."""

import logging
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from ...arrays import Cells, Floats
from ...reference.grid import Grid
from ...reference.reference import ColumnReference, Reference
from ...reference.traits import LearningSamples, Record, Trait
from ...values.numbers import as_numbers
from .error_cells import CELLS, GROUPS, Learned, coarse_groups, located_columns
from .factors import ROUNDS_AT_MOST, deviance, fitted, log_expected
from .losses import Losses

log = logging.getLogger(__name__)
MIN_ROWS = 200
"""Outcomes below which nothing is learned."""
ROWS_AT_MOST = 20_000
COLUMNS_AT_MOST, PAIRED_AT_MOST = 12, 5
FOLDS = 5
STRETCHES = (20, 80)
LARGEST_ERROR = 1e6
"""In units of the mean absolute error; the fourth powers of larger errors would leave nothing of the others."""


class _Factor(NamedTuple):
    """A column, or two of them: which, as the file says it, and its number of buckets."""

    columns: tuple[ColumnReference, ...]
    size: int


class _Rows(NamedTuple):
    """Rows with prediction and outcome: buckets by factor, and absolute errors in units of their mean."""

    factors: Sequence[_Factor]
    codes: Sequence[Cells]
    errors: Floats
    folds: Cells

    def take(self, places: Sequence[int]) -> "_Rows":
        """Return these rows with some of the factors."""
        return self._replace(factors=[self.factors[at] for at in places], codes=[self.codes[at] for at in places])

    def with_pairs(self, places: Sequence[int]) -> "_Rows":
        """Return these rows with a factor more for any two of the columns, in groups of their buckets."""
        groups = {at: coarse_groups(self.factors[at].columns[0])[self.codes[at]] for at in places}
        pairs = list(combinations(sorted(places), 2))
        both = [_Factor(self.factors[a].columns + self.factors[b].columns, GROUPS**2) for a, b in pairs]
        codes = [groups[a] * GROUPS + groups[b] for a, b in pairs]
        return self._replace(factors=[*self.factors, *both], codes=[*self.codes, *codes])

    @property
    def sizes(self) -> list[int]:
        """Number of buckets of each factor."""
        return [factor.size for factor in self.factors]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if samples.outcome is None or samples.batch.prediction is None or reference.task != "regression":
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(as_numbers(samples.batch.prediction) - as_numbers(samples.outcome))
        known = np.flatnonzero(np.isfinite(error))
        # Evenly from all of them: the first rows alone would be those of one time.
        known = known[np.arange(min(len(known), ROWS_AT_MOST)) * len(known) // max(min(len(known), ROWS_AT_MOST), 1)]
        unit = float(error[known].mean()) if len(known) >= MIN_ROWS else 0.0
    if not 0 < unit < np.inf:
        return None
    rows = _most_telling(_rows(samples, reference, known, np.minimum(error[known] / unit, LARGEST_ERROR)))
    logs, unseen = _fitted(rows)
    (prediction,) = reference.of_group("prediction")
    least, greatest = prediction.range or (np.nan, np.nan)
    found = [(factor.columns, log.tolist()) for factor, log in zip(rows.factors, logs, strict=True) if log.any()]
    factors = [{"columns": [[column.group, column.name] for column in columns], "logs": log} for columns, log in found]
    return Learned(unit, factors, **_cells(unseen, rows), least=float(least), greatest=float(greatest))


def _rows(samples: LearningSamples, reference: Reference, known: Cells, errors: Floats) -> _Rows:
    grid = Grid(reference)
    places = [place for place, column in enumerate(grid.columns) if _usable(column, reference)]
    located = grid.locate(samples.batch.take(known))
    # Stretches of rows: random folds would have neighbours in time on both sides, which resemble each other.
    folds = np.arange(len(known)) * FOLDS // len(known)
    columns = [grid.columns[place] for place in places]
    factors = [_Factor((column,), len(column.buckets.fold_starts)) for column in columns]
    return _Rows(factors, located_columns(located, grid, places), errors, folds)


def _usable(column: ColumnReference, reference: Reference) -> bool:
    """Return whether errors may depend on a column: derived ones are unknown when outcomes are compared."""
    return column.group == "prediction" or (
        column.group == "feature"
        and column.name not in reference.derived
        and reference.source_of(column.name) == column.name
    )


def _most_telling(rows: _Rows) -> _Rows:
    """Return rows with the columns that alone explain most of the errors, and pairs of the first of them."""
    gains = []
    for code, size in zip(rows.codes, rows.sizes, strict=True):
        path = fitted([code], [size], rows.errors, 1)
        gains.append(deviance(rows.errors, np.exp(log_expected([code], path[1]))))
    best = np.argsort(gains, kind="stable")[:COLUMNS_AT_MOST].tolist()
    return rows.take(best).with_pairs(range(min(PAIRED_AT_MOST, len(best))))


def _fitted(rows: _Rows) -> tuple[list[Floats], Floats]:
    """Return the factors' logarithms, and the log expected error of each row from factors that have not seen it.

    The number of rounds is the one that fits unseen rows best.
    """
    unseen = np.zeros((ROUNDS_AT_MOST + 1, len(rows.errors)))
    for fold in range(FOLDS):
        left, out = np.flatnonzero(rows.folds != fold), np.flatnonzero(rows.folds == fold)
        path = fitted([code[left] for code in rows.codes], rows.sizes, rows.errors[left], ROUNDS_AT_MOST)
        for place, logs in enumerate(path):
            unseen[place, out] = log_expected(rows.codes, logs, out)
    fits = [deviance(rows.errors, np.exp(logs) / np.exp(logs).mean()) for logs in unseen]
    rounds = int(np.argmin(fits))
    # The cells come from the unseen: factors that have seen a row promise too much of it.
    return fitted(rows.codes, rows.sizes, rows.errors, rounds)[rounds], unseen[rounds]


def _cells(logs: Floats, rows: _Rows) -> dict[str, Any]:
    """Return the cells of expected error, and what is known of the errors in each."""
    edges = np.unique(np.quantile(logs, np.linspace(0, 1, CELLS + 1)[1:-1]))
    # Ties leave fewer edges; the others lie beyond all values, so that every model has the same number of cells.
    edges = np.concatenate([edges, np.full(CELLS - 1 - len(edges), np.finfo(np.float64).max)])
    cells = edges.searchsorted(logs, side="right")
    powers = [np.bincount(cells, rows.errors**power, CELLS) for power in (1, 2, 4)]
    losses = [Losses.of(cells, rows.errors**power) for power in (1, 2)]
    return {
        "edges": edges.tolist(),
        "n": np.bincount(cells, minlength=CELLS).tolist(),
        **{key: sums.tolist() for key, sums in zip(("absolute", "squared", "fourth"), powers, strict=True)},
        "spreads": [[of.spread(stretches) for of in losses] for stretches in STRETCHES],
        "misfits": [of.misfit(rows.codes, rows.sizes) for of in losses],
    }


RECORD = Record("estimated_errors", Learned)
TRAIT = Trait(RECORD, _learn)
