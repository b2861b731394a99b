"""Attribution drift: whether the features that decide are still those that decided in the reference."""

import numpy as np

from ...arrays import Floats

SURE_ERRORS = 4.0  # standard errors: of a thousand features not one is likely to be farther off by chance


def gain_kept(reference: Floats, window: Floats) -> float:
    """Return the normalised discounted cumulative gain of the window's ranking of features, by the reference's.

    Parameters
    ----------
    reference, window : ndarray of float, shape (n_features,)
        Mean absolute attributions, from 0.

    Returns
    -------
    float
        1 where both rank alike, less the more of the weight that the
        reference gives to the first features has gone to later places; NaN
        where the reference gives none, or nothing is known of the window.

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
    # Of features that the window has alike, those go first that the reference has first: no change without a cause.
    order = np.lexsort((-reference, -window))
    return float(reference[order] @ discounts / ideal)


def nearest_to(reference: Floats, mean: Floats, error: Floats) -> Floats:
    """Return what is nearest to the reference among the means that a window's samples are likely to have come from.

    A ranking that differs for noise alone then differs no more.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite mean is nearest to nothing: it stays unknown
        return np.clip(reference, mean - SURE_ERRORS * error, mean + SURE_ERRORS * error)
