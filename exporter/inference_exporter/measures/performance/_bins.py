"""Score bins of a class, ten of equal width, as the labels of its calibration curve."""

from collections.abc import Callable

from ._base import ClassificationTotals, ClassScores, Estimate, Estimates

# Number of scores, their sum, and the number of positive outcomes of one bin.
OfBin = Callable[[ClassScores, int, float, float], Estimate]


def by_bin(totals: ClassificationTotals, of_bin: OfBin) -> Estimates:
    """Return an estimate for each class and each of its bins with outcomes; a bin is named by its upper bound."""
    found: dict[tuple[str, ...], Estimate] = {}
    for name, scores in totals.scores.items():
        bins = scores.calibration.T.tolist()
        for place, (n, score, positive) in enumerate(bins, 1):
            if n:
                found[name, f"{place / len(bins):g}"] = of_bin(scores, int(n), score, positive)
    return found
