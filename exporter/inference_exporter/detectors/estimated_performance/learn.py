"""Learns how often each score was right, from the reference's rows with an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import Column, Floats
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Record, Trait
from ...values.classes import CLASSES_AT_MOST, ClassTable
from ...values.numbers import as_numbers
from .calibration import calibrated, offset_spread
from .score_cells import CELLS, Curve, ScoreCells

MIN_ROWS = 200
"""Outcomes below which no calibration is learned."""
STRETCHES = 20


@dataclass(frozen=True)
class Learned:
    """The classes of the model, and of each class with scores the fields of its `Curve`."""

    classes: list[str]
    curves: Mapping[str, Mapping[str, Any]]

    @property
    def cells(self) -> ScoreCells:
        """The score cells that these curves make."""
        return ScoreCells(self.classes, {name: Curve.of(fields) for name, fields in self.curves.items()})


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    columns = {column.name: samples.values_of(column) for column in reference.of_group("score")}
    predictions = reference.of_group("prediction")
    if samples.outcome is None or not columns or reference.task != "classification":
        return None
    classes = sorted({*getattr(predictions[0].buckets, "categories", ()), *columns})
    # Of two classes one score is enough: the other is what it lacks to 1.
    scored = len(columns) == len(classes) or len(classes) == 2
    if not scored or not 2 <= len(classes) < CLASSES_AT_MOST:
        return None
    rows = _Rows(classes, samples)
    curves = {name: rows.curve(name, column) for name, column in columns.items() if column is not None}
    found = {name: curve for name, curve in curves.items() if curve is not None}
    return Learned(classes, found) if len(found) == len(columns) else None


class _Rows:
    """Predictions and outcomes of the reference's rows as class indices."""

    def __init__(self, classes: list[str], samples: LearningSamples) -> None:
        table, size = ClassTable(classes), samples.batch.size
        assert samples.outcome is not None
        prediction = samples.batch.prediction
        self._codes = np.full(size, np.nan) if prediction is None else table.encode(prediction)
        self._outcome = table.encode(samples.outcome)
        self._table = table

    def curve(self, name: str, column: Column) -> dict[str, Any] | None:
        """Return the fields of a class's curve; None with too few rows or only one kind of outcome."""
        score, place = as_numbers(column), self._table.index_of(name)
        known = np.isfinite(score) & ~np.isnan(self._outcome)
        score, hit = score[known], self._outcome[known] == place
        if len(score) < MIN_ROWS or hit.all() or not hit.any():
            return None
        # Calibrated apart for rows that predict the class and rows that do not: thresholds need not follow the score.
        side = (self._codes[known] == place).astype(np.intp)
        edges = _edges(score)
        cells = np.searchsorted(edges, score, side="right")
        n, positive = (_by_side(side, cells, weights) for weights in (np.ones(len(score)), hit.astype(np.float64)))
        means = _means(score, cells, edges)
        probability = np.stack([calibrated(n[place], positive[place], means)[0] for place in (0, 1)])
        return {
            "edges": edges.tolist(),
            "means": means.tolist(),
            "n": n.tolist(),
            "positive": positive.tolist(),
            "spread": _spread(side, cells, hit, probability),
            "least": float(score.min()),
            "greatest": float(score.max()),
        }


def _edges(score: Floats) -> Floats:
    """Return CELLS - 1 edges at quantiles; surplus edges are beyond all scores."""
    # Scores often repeat (0 and 1 above all): equal quantiles make one edge.
    edges = np.unique(np.quantile(score, np.linspace(0, 1, CELLS + 1)[1:-1]))
    return np.concatenate([edges, np.full(CELLS - 1 - len(edges), np.finfo(np.float64).max)])


def _by_side(side: Any, cells: Any, weights: Floats) -> Floats:
    counts = np.bincount(side * CELLS + cells, weights=weights, minlength=2 * CELLS)
    return counts.astype(np.float64).reshape(2, CELLS)


def _means(score: Floats, cells: Any, edges: Floats) -> Floats:
    """Return the mean score of each cell, ascending; an empty cell has its lower edge, or the greatest mean."""
    n = np.bincount(cells, minlength=CELLS)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(cells, weights=score, minlength=CELLS) / n
    means = np.where(n > 0, means, np.concatenate([[score.min()], edges]))
    return np.maximum.accumulate(np.minimum(means, score.max()))


def _spread(side: Any, cells: Any, hit: Any, probability: Floats) -> list[float]:
    """Return, for each side, what stretches of consecutive rows add in log-odds beyond chance."""
    p = probability[side, cells]
    stretch = np.arange(len(p)) * STRETCHES // len(p)
    parts = side * STRETCHES + stretch
    residuals = np.bincount(parts, weights=hit - p, minlength=2 * STRETCHES).astype(np.float64)
    information = np.bincount(parts, weights=p * (1 - p), minlength=2 * STRETCHES).astype(np.float64)
    return [offset_spread(residuals[half], information[half]) for half in (slice(STRETCHES), slice(STRETCHES, None))]


RECORD = Record("estimated_performance", Learned)
TRAIT = Trait(RECORD, _learn)
