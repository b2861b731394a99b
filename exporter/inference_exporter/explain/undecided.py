"""Why a column that looks changed has not drifted: natural variation, too few samples, or a look still to come."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..measures.evidence import TESTS
from ..model.view import HistogramView
from ..verdict.memory import SHOWN_PVALUE
from .formatting import count, number
from .trend import trend_finding

REASONS = {
    "learning_reference": "the reference is still being learned",
    "too_few_samples": "the window holds too few samples",
    "warming_up": "the model has just started",
    "filling_baseline": "the baseline is still filling",
    "no_seasons_in_reference": "the reference has no times, so its seasons are unknown",
    "internal_error": "internal error of the exporter, see its log",
    "budget_spent": "the false-alarm budget is spent: the look is postponed",
}
NOTABLE_DESIGN = 1.5  # samples that count as one, from which the effective number is worth a word


def undecided(histograms: HistogramView, index: int) -> str:
    """Return why the largest change of a column is not drift, and what the reference's trend says about it.

    Empty if it drifted, or nothing reaches a threshold and there is no trend.
    """
    if histograms.fault is not None:
        return REASONS.get(histograms.fault, histograms.fault)
    if histograms.drifted[index] == 1:
        return ""
    trend = trend_finding(histograms, index)
    return "; ".join(part for part in (_reason(histograms, index), trend and f"it {trend}") if part)


def _reason(histograms: HistogramView, index: int) -> str:
    """Return why the largest change of a column is not drift; empty if nothing reaches a threshold."""
    if histograms.measuring.unjudged[index]:
        return "nearly every value is new, so its distribution carries no information"
    found = histograms.evidence
    multiples = [_multiple(histograms, key, place, index) for place, key in enumerate(TESTS)]
    alike = [_design(histograms, key, index) >= NOTABLE_DESIGN for key in TESTS]
    place = _strongest(multiples, (found.test_pvalues[:, index] <= SHOWN_PVALUE) | alike)
    if place is None:
        return _alike(histograms, index)
    key = list(TESTS)[place]
    changed = f"{TESTS[key].title}: {number(multiples[place])} times its threshold"
    # Effects are measured against the larger of threshold and band: below 1, the band explains the change.
    if found.effects[place, index] < 1.0:
        band = _band(histograms, key, index)
        return f"{changed}, but within natural variation, which explains up to {number(band)} times"
    if found.drifted[index]:
        return f"{changed}: the next look decides, or it has lasted just below what matters"
    return f"{changed}, but chance explains it: {_samples(histograms, key, index)} are too few to rule it out"


def _alike(histograms: HistogramView, index: int) -> str:
    """Return why a histogram that plots show far away is not drift, where neighbouring samples are alike."""
    psi, threshold = float(histograms.drift["psi_debiased"][index]), float(histograms.thresholds[index])
    if not psi >= threshold or _design(histograms, "shape", index) < NOTABLE_DESIGN:
        return ""
    changed = f"the debiased PSI: {number(psi / threshold)} times its threshold"
    band = _band(histograms, "shape", index)
    if band * threshold >= psi:
        return f"{changed}, but within natural variation, which explains up to {number(band)} times"
    return f"{changed}, but chance explains it: {_samples(histograms, 'shape', index)} are too few to rule it out"


def natural_psi(histograms: HistogramView, index: int) -> float:
    """Return the debiased PSI that natural variation alone explains; NaN if the reference shows none."""
    band = histograms.bands.get("shape")
    return float(band[index]) if band is not None and band[index] > 0 else math.nan


def effective_samples(histograms: HistogramView, index: int) -> float:
    """Return how many independent samples those of a window are worth for a column; NaN without samples."""
    if histograms.samples == 0:
        return math.nan
    return max(histograms.samples / float(histograms.design_effects[index]), 1.0)


def _strongest(multiples: Sequence[float], notable: NDArray[np.bool_]) -> int | None:
    """Return the test with the largest effect of those that show one; the omnibus test only if it is alone.

    An effect is notable unless chance alone would explain it if all samples were independent.
    """
    showing = [place for place, size in enumerate(multiples) if size >= 1.0 and notable[place]]
    # A specific test names the change; the omnibus test only says that there is one.
    specific = [place for place in showing if not list(TESTS.values())[place].omnibus]
    return max(specific or showing, key=lambda place: multiples[place], default=None)


def _multiple(histograms: HistogramView, key: str, place: int, index: int) -> float:
    """Return the effect as a multiple of the configured threshold, whatever natural variation explains."""
    effect = float(histograms.evidence.effects[place, index])
    return effect * max(_band(histograms, key, index), 1.0) if math.isfinite(effect) else math.nan


def _band(histograms: HistogramView, key: str, index: int) -> float:
    """Return the band of natural variation as a multiple of the threshold; 0 without one."""
    band = histograms.bands.get(key)
    threshold = float(TESTS[key].threshold(histograms.judging.thresholds)[index])
    return 0.0 if band is None or math.isnan(band[index]) else float(band[index]) / threshold


def _design(histograms: HistogramView, key: str, index: int) -> float:
    design = histograms.design.get(key)
    return 1.0 if design is None else float(design[index])


def _samples(histograms: HistogramView, key: str, index: int) -> str:
    design = _design(histograms, key, index)
    number_of = f"{count(histograms.samples)} samples"
    if not design >= NOTABLE_DESIGN:
        return number_of
    worth = max(histograms.samples / design, 1.0)
    return f"{number_of}, worth {count(worth)} because neighbouring ones are alike,"


def visible(histograms: HistogramView, index: int) -> str:
    """Return the smallest change that a look at this window sees, in words; empty without samples."""
    if histograms.samples == 0:
        return ""
    smallest = histograms.smallest_changes
    return sentence_of(
        float(smallest.shift[index]), float(smallest.missing[index]), float(smallest.new_category[index])
    )


def sentence_of(shift: float, missing: float, new_category: float) -> str:
    """Return smallest changes in words; NaN if a column cannot have one, infinite if none is seen."""
    parts = []
    if not math.isnan(shift):
        parts.append(f"a shift of {number(shift)} standard deviations" if math.isfinite(shift) else "no shift")
    if not math.isnan(new_category):
        known = math.isfinite(new_category) and new_category <= 1
        parts.append(f"a new category of {number(100 * new_category)} %" if known else "no new category")
    if not math.isnan(missing):
        known = math.isfinite(missing) and missing <= 1
        parts.append(f"{number(100 * missing)} points more missing values" if known else "no missing values")
    return ", ".join(parts)
