"""How unusual rows of the reference are, each scored as if it were new: the standard for outliers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats
from ...reference.grid import Grid, Located
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Record, Trait
from ...values.numbers import as_numbers
from .calibration import TAIL, calibrate
from .dependence import Scores, correlation, distances, normal_scores, shrunk, whitening
from .excess import dispersion
from .scorer import normal_score_table
from .surprise import beyond, surprises

FEWEST_ROWS = 200  # with fewer the last hundredth is one row at most
ROWS = 50_000  # scored at most; more would hardly improve the calibration
# Distances cost the square of this for each sample.
NUMERIC_COLUMNS = 64
ROWS_TO_CHOOSE = 2000
# A row that helped to learn the correlation looks more usual than a new one.
FOLDS = 10
STRETCHES = 30  # of consecutive rows, to measure how outliers cluster
VALUES_AT_ONCE = 4_000_000


class _Scores(NamedTuple):
    surprise: Floats
    greatest: Floats
    normal: Scores


@dataclass(frozen=True)
class Learned:
    """What is learned of unusual rows: calibrated scores, and the correlation of some numeric `columns`."""

    rows: int
    columns: Sequence[str]
    correlation: Sequence[float]
    calibrations: Mapping[str, Any]
    coverage: float
    dispersion: float


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if reference.rows < FEWEST_ROWS or not reference.of_group("feature"):
        return None
    grid = Grid(reference)
    rows = np.arange(reference.rows)
    if reference.rows > ROWS:
        rows = np.linspace(0, reference.rows - 1, ROWS).astype(np.intp)
    numeric = _numeric_columns(samples, grid)
    scored = _score(samples, grid, rows, numeric)
    calibrations = {"surprise": calibrate(scored.surprise), "greatest": calibrate(scored.greatest)}
    found = [scored.surprise, scored.greatest]
    matrix = correlation(scored.normal) if len(numeric) > 1 else np.ones((0, 0))
    if len(numeric) > 1:
        found.append(_distances_of_new_rows(scored.normal))
        calibrations["dependence"] = calibrate(found[-1])
    fitted = calibrations.values()
    p_values = len(found) * np.min([each.p_values(score) for each, score in zip(fitted, found, strict=True)], axis=0)
    return Learned(
        rows=len(rows),
        columns=[grid.columns[index].name for index in numeric],
        correlation=[round(float(value), 5) for value in matrix[np.triu_indices(len(matrix), 1)]],
        calibrations={key: each.to_json() for key, each in calibrations.items()},
        # For dependent p-values, Bonferroni's bound overstates the smallest.
        coverage=min(float((np.count_nonzero(p_values <= TAIL) + 0.5) / (len(rows) + 1) / TAIL), 2.0),
        dispersion=_dispersion_in_order(p_values <= TAIL),
    )


def _score(samples: LearningSamples, grid: Grid, rows: NDArray[np.intp], numeric: list[int]) -> _Scores:
    """Return scores of rows from tables without the row itself."""
    table = np.nan_to_num(np.concatenate([surprises(column)[1] for column in grid.columns]))
    features = np.array([i for i, column in enumerate(grid.columns) if column.group == "feature"], dtype=np.intp)
    normal_table = normal_score_table(grid)
    surprise, greatest = np.empty(len(rows)), np.empty(len(rows))
    normal = np.empty((len(numeric), len(rows)), dtype=np.float32)
    ends = _ends(samples, grid)
    step = max(1, VALUES_AT_ONCE // len(grid.columns))
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        located = grid.locate(samples.batch.take(rows[part]))
        picked = table[located.cells[features]]
        _outside(picked, rows[part], ends)
        surprise[part], greatest[part] = picked.sum(axis=0), picked.max(axis=0)
        normal[:, part] = normal_table[located.cells[np.array(numeric, dtype=np.intp)]]
    return _Scores(surprise, greatest, normal)


def _ends(samples: LearningSamples, grid: Grid) -> list[tuple[int, int, float]]:
    """Return feature, row and surprise of each minimum and maximum: without its row it would be out of range."""
    found: list[tuple[int, int, float]] = []
    features = [column for column in grid.columns if column.group == "feature"]
    for place, column in enumerate(features):
        if not column.numeric or not column.stddev > 0:
            continue
        numbers = as_numbers(samples.batch.features[column.name])
        finite = np.flatnonzero(np.isfinite(numbers))
        base = float(np.log(2 * (column.counts.sum() + 1)))
        for sign in (1.0, -1.0):
            values = sign * numbers[finite]
            second, first = np.partition(values, -2)[-2:].tolist()
            if first > second:
                far = beyond(np.array([(first - second) / column.stddev]))[0]
                found.append((place, int(finite[values.argmax()]), base + float(far)))
    return found


def _outside(picked: Floats, rows: NDArray[np.intp], ends: list[tuple[int, int, float]]) -> None:
    """Write the surprise of the ends among some rows, in ascending order."""
    for feature, row, surprise in ends:
        place = int(np.searchsorted(rows, row))
        if place < len(rows) and rows[place] == row:
            picked[feature, place] = surprise


def _numeric_columns(samples: LearningSamples, grid: Grid) -> list[int]:
    """Return the numeric features whose dependence is measured: of very many, those that correlate most."""
    columns = [
        index
        for index in grid.numeric
        if grid.columns[index].group == "feature" and normal_scores(grid.columns[index]) is not None
    ]
    if len(columns) <= NUMERIC_COLUMNS:
        return columns
    rows = np.unique(np.linspace(0, samples.batch.size - 1, ROWS_TO_CHOOSE).astype(np.intp))
    located: Located = grid.locate(samples.batch.take(rows))
    scores = normal_score_table(grid)[located.cells[np.array(columns, dtype=np.intp)]]
    strength = np.square(correlation(scores)).sum(axis=0)
    return sorted(columns[place] for place in np.argsort(-strength, kind="stable")[:NUMERIC_COLUMNS].tolist())


def _distances_of_new_rows(scores: Scores) -> Floats:
    """Return the distance of each row by a correlation matrix learned from the other folds."""
    wide = scores.astype(np.float64)
    total, found = wide @ wide.T, np.empty(scores.shape[1])
    for fold in range(FOLDS):
        own = wide[:, fold::FOLDS]
        others = scores.shape[1] - own.shape[1]
        found[fold::FOLDS] = distances(whitening(shrunk((total - own @ own.T) / others, others)), own)
    return found


def _dispersion_in_order(outliers: NDArray[np.bool_]) -> float:
    parts = np.array_split(outliers, STRETCHES)
    return round(dispersion(np.array([len(part) for part in parts]), np.array([part.sum() for part in parts])), 4)


RECORD = Record("outliers", Learned)
TRAIT = Trait(RECORD, _learn)
