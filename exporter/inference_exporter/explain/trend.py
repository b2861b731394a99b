"""Whether a window goes on as the trend of its reference predicts, or leaves it."""

import math

from ..learning.trend import RECORD, STRETCHES
from ..model.view import HistogramView
from .formatting import number

LEAVES_ERRORS, GOES_ON_ERRORS = 4.0, 2.0
MOST_STRETCH_WINDOWS = 30.0  # in shorter windows, how stretches stray around the line says little
MOST_SD = 2.0  # beyond, scores end with the reference's range


def trend_finding(histograms: HistogramView, index: int) -> str:
    """Return what the trend of a column says about a window; empty without a trend or a clear finding."""
    learned = RECORD.of(histograms.grid.reference)
    unknown = not math.isfinite(histograms.at) or not histograms.enough
    if learned is None or index not in learned.columns or unknown:
        return ""
    place = list(learned.columns).index(index)
    ahead = histograms.at - learned.middle[place]
    predicted = learned.slope[place] * ahead
    windows = max(learned.seconds / STRETCHES / histograms.length_seconds, 1.0)
    far = histograms.at > learned.end + learned.seconds or abs(predicted) > MOST_SD
    if far or windows > MOST_STRETCH_WINDOWS:
        return ""
    found = float(histograms.inputs.location.difference[index])
    of_slope, of_window = learned.slope_error[place] * ahead, learned.spread[place] * math.sqrt(windows)
    error = math.sqrt(of_slope**2 + of_window**2 + 1.0 / histograms.samples)
    return _words(predicted, found, error, math.sqrt(float(histograms.thresholds[index])))


def _words(predicted: float, found: float, error: float, matters: float) -> str:
    """Return the finding; changes are standard deviations, `matters` the smallest that counts."""
    away = abs(found - predicted)
    line = f"{_signed(predicted)} standard deviations"
    if away >= matters and away > LEAVES_ERRORS * error:
        return f"leaves the reference's trend, which predicts {line}: {_signed(found)} found"
    if abs(predicted) >= matters and abs(found) >= matters and away <= GOES_ON_ERRORS * error:
        return f"goes on as the reference's trend predicts: {line}, {_signed(found)} found"
    return ""


def _signed(change: float) -> str:
    return f"{'+' if change > 0 else ''}{number(change)}"
