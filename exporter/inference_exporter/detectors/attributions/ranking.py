"""Attribution drift: whether the same features decide as in the reference."""

import numpy as np

from ...arrays import Floats

SURE_ERRORS = 4.0  # standard errors; even among a thousand features, chance alone rarely exceeds it


def gain_kept(reference: Floats, window: Floats) -> float:
    """Return the normalised discounted cumulative gain of the window's ranking, with the reference as gains.

    Parameters
    ----------
    reference, window : ndarray of float, shape (n_features,)
        Mean absolute attributions, from 0.

    Returns
    -------
    float
        1 if both rank alike; the less, the more of the reference's weight has
        moved to lower ranks; NaN if the reference has no weight, or the window
        is unknown.

    References
    ----------
    Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM Transactions on Information
    Systems 20(4):422-446. For attributions, with the threshold of 0.9: Nigenda et al. (2022), Amazon SageMaker Model
    Monitor: A System for Real-Time Insights into Deployed Machine Learning Models, KDD.
    """
    known = np.isfinite(reference) & np.isfinite(window)
    reference, window = reference[known], window[known]
    discounts = 1 / np.log2(np.arange(len(reference)) + 2)
    ideal = np.sort(reference)[::-1] @ discounts
    if not ideal > 0:
        return float("nan")
    # Rank features with equal means in the window as the reference does: no change without a cause.
    order = np.lexsort((-reference, -window))
    return float(reference[order] @ discounts / ideal)


def nearest_to(reference: Floats, mean: Floats, error: Floats) -> Floats:
    """Return the plausible mean of the window's population that is nearest to the reference.

    A ranking that differs only by noise then does not differ.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite mean stays unknown
        return np.clip(reference, mean - SURE_ERRORS * error, mean + SURE_ERRORS * error)
