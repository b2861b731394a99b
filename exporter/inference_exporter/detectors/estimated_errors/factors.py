"""How error depends on prediction and features: one factor for each bucket of a few columns, multiplied."""

from collections.abc import Sequence

import numpy as np

from ...arrays import Cells, Floats

ROUNDS_AT_MOST = 150
STEP = 0.3
"""Share of a bucket's correction that one round makes: small steps leave the effect to the columns that carry it."""
PRIOR_ROWS = 20.0
"""Rows of average error that each bucket is thought to have in addition, so that few rows move its factor little."""
LARGEST_LOG = 30.0


def fitted(codes: Sequence[Cells], sizes: Sequence[int], errors: Floats, rounds: int) -> list[list[Floats]]:
    """Return the logarithms of the factors after each round, by column and bucket.

    Each round corrects one column, the one whose correction gains most: its buckets' expected errors move towards
    their observed ones.

    Parameters
    ----------
    codes : sequence of ndarray of int, shape (n,)
        Bucket of each row in each column.
    sizes : sequence of int
        Number of buckets of each column.
    errors : ndarray of float, shape (n,)
        Absolute errors, of mean about 1.

    References
    ----------
    Marginal totals, the maximum of a Poisson likelihood: Bailey (1963), Proc. CAS 50:4-11; in small steps, as
    boosting: Friedman (2001), Ann. Stat. 29(5):1189-1232.
    """
    observed = [np.bincount(code, errors, size) for code, size in zip(codes, sizes, strict=True)]
    logs = [np.zeros(size) for size in sizes]
    expected = np.full(len(errors), errors.mean())
    prior, path = PRIOR_ROWS * errors.mean(), [logs]
    for _ in range(rounds):
        sums = [np.bincount(code, expected, size) for code, size in zip(codes, sizes, strict=True)]
        moves = [
            np.log((came + prior) / (of + prior * np.exp(log)))
            for came, of, log in zip(observed, sums, logs, strict=True)
        ]
        gains = [
            float((came * move - of * np.expm1(move)).sum())
            for came, of, move in zip(observed, sums, moves, strict=True)
        ]
        best = int(np.argmax(gains))
        logs = [log + STEP * moves[best] if place == best else log for place, log in enumerate(logs)]
        expected = expected * np.exp(STEP * moves[best])[codes[best]]
        path.append(logs)
    return path


def log_expected(codes: Sequence[Cells], logs: Sequence[Floats], rows: slice | Cells = slice(None)) -> Floats:
    """Return the logarithm of the expected error of rows, up to a constant."""
    parts = [log[code[rows]] for code, log in zip(codes, logs, strict=True) if log.any()]
    n = len(codes[0][rows])
    return np.clip(np.sum(parts, axis=0), -LARGEST_LOG, LARGEST_LOG) if parts else np.zeros(n)


def deviance(errors: Floats, expected: Floats) -> float:
    """Return how badly expected errors (positive) fit, up to a constant: the negative Poisson log-likelihood."""
    return float((expected - errors * np.log(expected)).sum())
