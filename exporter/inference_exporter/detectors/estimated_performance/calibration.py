"""How often a class is the outcome at each score, as a function that never falls, from counts over score cells."""

import numpy as np

from ...arrays import Floats

MIN_DRAWN = 2.0
"""Information, in outcomes of probability 1/2 times four, that a stretch needs to say anything about its offset."""

FEW_STRETCHES = 1.25
"""Twenty stretches show the spread to a fifth; the next window strays from their mean, which is itself uncertain."""


def calibrated(n: Floats, positive: Floats, means: Floats) -> tuple[Floats, Floats]:
    """Return the probability of the class in each score cell, and its standard error.

    Parameters
    ----------
    n, positive : ndarray of float, shape (n_cells,)
        Cases, and cases of the class, by ascending score.
    means : ndarray of float, shape (n_cells,)
        Position of each cell, ascending.

    Returns
    -------
    tuple of ndarray of float, shape (n_cells,)
        Between the positions of blocks of equal frequency, the probability is
        interpolated; NaN without any case.

    References
    ----------
    Pool adjacent violators: Ayer et al. (1955), Ann. Math. Stat. 26(4):641-647;
    interpolation: Oron and Flournoy (2017), Stat. Biopharm. Res. 9(3):258-267.
    """
    filled = np.flatnonzero(n > 0)
    if len(filled) == 0:
        return np.full(len(n), np.nan), np.full(len(n), np.nan)
    sizes, hits, places = _pooled(n[filled], positive[filled], means[filled])
    probability = np.interp(means, places, hits / sizes)
    # Jeffreys' prior: a block without any case of the class is not certain.
    share = (hits + 0.5) / (sizes + 1)
    return probability, np.interp(means, places, np.sqrt(share * (1 - share) / sizes))


def _pooled(n: Floats, positive: Floats, means: Floats) -> tuple[Floats, Floats, Floats]:
    """Return sizes, hits and mean positions of blocks whose frequencies ascend."""
    blocks: list[tuple[float, float, float]] = []
    for size, hits, place in zip(n.tolist(), positive.tolist(), means.tolist(), strict=True):
        block = (size, hits, size * place)
        while blocks and blocks[-1][1] * block[0] >= block[1] * blocks[-1][0]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    sizes, hits_of, weighted = np.array(blocks).T
    return sizes, hits_of, weighted / sizes


def offset_spread(residuals: Floats, information: Floats) -> float:
    """Return the standard deviation, in log-odds, of what stretches add to the calibrated probabilities beyond chance.

    Parameters
    ----------
    residuals, information : ndarray of float, shape (n_stretches,)
        Sums of outcome - p, and of p (1 - p), over the rows of each stretch.

    References
    ----------
    The variance between stretches by moments: DerSimonian and Laird (1986), Control. Clin. Trials 7(3):177-188.
    """
    known = information >= MIN_DRAWN
    weights = information[known]
    if len(weights) < 2:
        return 0.0
    offsets = residuals[known] / weights
    total = weights.sum()
    spread = float((weights * np.square(offsets - (weights * offsets).sum() / total)).sum())
    between = (spread - (len(weights) - 1)) / (total - float(np.square(weights).sum()) / total)
    return float(np.sqrt(max(between, 0.0)) * FEW_STRETCHES)
