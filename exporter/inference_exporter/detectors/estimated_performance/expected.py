"""The totals of outcomes that have not come: counts of score cells times the probability of each class in them."""

from collections.abc import Iterator

import numpy as np

from ...arrays import Counts, Floats
from ...measures.performance import ClassificationTotals, ClassScores
from .score_cells import ScoreCells

CALIBRATION_BUCKETS = 10
EPSILON = float(np.finfo(np.float64).eps)


def expected_totals(cells: ScoreCells, counts: Counts) -> ClassificationTotals:
    """Return the expected totals of a window's samples."""
    n = counts[:-2].reshape(cells.shape).astype(np.float64)
    (totals,) = totals_of(cells, n, (n * cells.probabilities[0])[np.newaxis])
    return totals


def drawn_totals(cells: ScoreCells, counts: Counts, number: int) -> Iterator[ClassificationTotals]:
    """Yield totals as they may turn out: with errors of the calibration, offsets of stretches, and outcomes by chance.

    The draws are the same each time, so that limits do not flicker from scrape to scrape.
    """
    random = np.random.default_rng(0)
    n = counts[:-2].reshape(cells.shape).astype(np.float64)
    p, error, spread = cells.probabilities
    shape = (number, *cells.shape)
    # One offset of a whole side, as its rows move together; of a cell's error and chance each its own.
    sides = random.standard_normal((*shape[:3], 1))
    offset = spread * (sides - sides.mean(axis=0)) / sides.std(axis=0) * p * (1 - p)
    drawn = np.clip(p + offset + error * random.standard_normal(shape), 0.0, 1.0)
    chance = np.sqrt(n * drawn * (1 - drawn)) * random.standard_normal(shape)
    yield from totals_of(cells, n, np.clip(n * drawn + chance, 0.0, n))


def totals_of(cells: ScoreCells, n: Floats, positive: Floats) -> Iterator[ClassificationTotals]:
    """Yield totals, given samples by curve, predicted class and cell, and draws of the cases of the class in them."""
    confusions, losses = _confusions(cells, n, positive), _log_losses(cells, n, positive)
    by_class = {cells.classes[row]: _scores(*of) for row, of in _by_class(cells, n, positive)}
    shown = [name for name in cells.classes if name in cells.scored]
    rows = float(n.sum(axis=(1, 2)).max())
    for place, (confusion, loss) in enumerate(zip(confusions, losses.tolist(), strict=True)):
        scores = {name: by_class[name][place] for name in shown}
        yield ClassificationTotals(cells.classes, confusion, scores, loss, rows)


def _by_class(cells: ScoreCells, n: Floats, positive: Floats) -> Iterator[tuple[int, tuple[Floats, Floats, Floats]]]:
    for place, row in enumerate(cells.rows.tolist()):
        both, hits, means = n[place].sum(axis=0), positive[:, place].sum(axis=1), cells.means[place]
        yield row, (both, hits, means)
        if cells.binary:
            yield 1 - row, (both[::-1], (both - hits)[:, ::-1], 1 - means[::-1])


def _scores(n: Floats, positive: Floats, means: Floats) -> list[ClassScores]:
    """Return the scores of one class for each draw of its cases, shape (n_draws, n_cells)."""
    negative = n - positive
    buckets = np.clip(means * CALIBRATION_BUCKETS, 0, CALIBRATION_BUCKETS - 1).astype(np.intp)
    fold = np.eye(CALIBRATION_BUCKETS)[buckets]
    squared = positive @ np.square(1 - means) + negative @ np.square(means)
    outside, total = float(n[(means < 0) | (means > 1)].sum()), float(n.sum())
    number, score_sum, hits = n @ fold, (n * means) @ fold, positive @ fold
    return [
        ClassScores(total, error, np.stack([number, score_sum, came]), np.stack(sides), outside)
        for error, came, *sides in zip(squared.tolist(), hits, negative, positive, strict=True)
    ]


def _confusions(cells: ScoreCells, n: Floats, positive: Floats) -> Floats:
    """Return the confusion matrix of each draw."""
    predicted, came = n[:, :-1].sum(axis=2), positive[:, :, :-1].sum(axis=3)
    confusion = np.zeros((len(positive), len(cells.classes), len(cells.classes)))
    confusion[:, cells.rows] = came
    if cells.binary:
        confusion[:, 1 - cells.rows[0]] = predicted[0] - came[:, 0]
        return confusion
    # Probabilities of many classes are calibrated one by one; together they have to be those of one outcome.
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = predicted.max(axis=0) / confusion.sum(axis=1, keepdims=True)
        return np.asarray(np.nan_to_num(confusion * scale))


def _log_losses(cells: ScoreCells, n: Floats, positive: Floats) -> Floats:
    """Return the sum of the log loss of each draw."""
    hits, means = positive.sum(axis=2), np.clip(cells.means, EPSILON, 1 - EPSILON)
    total = -(hits * np.log(means)).sum(axis=(1, 2))
    rest = n.sum(axis=1) - hits
    return np.asarray(total - (rest * np.log(1 - means)).sum(axis=(1, 2)) if cells.binary else total)
