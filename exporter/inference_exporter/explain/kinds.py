"""Kinds: the kind of change of a column, from its bucket counts alone."""

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..measures.evidence import TESTS
from ..reference.buckets import MISSING, NON_FINITE, UNSEEN, BucketBounds, NumericBuckets
from ..reference.normal_scores import scores_of_middle_ranks
from .changes import Changes

FAULT_SHARE = 0.5  # share of PSI from which a fault, not the values, is the news
EXPLAINED_SHARE = 0.25  # share of PSI that location and scale must explain, else the shape changed
FAR_LOCATION = 1.0  # standard deviations: values this far off fill few buckets, and seem narrow whatever they are

Bounds = tuple[BucketBounds, ...]


@dataclass(frozen=True)
class Spread:
    """Location and scale of the window's numbers, in standard deviations of normal scores; robust against outliers."""

    location: float
    """Distance of the window's mean from the reference's."""
    scale: float
    """Logarithm of the ratio of standard deviations."""

    @property
    def divergence(self) -> float:
        """The approximate PSI, in nats, of two normal distributions that differ in location and scale alone."""
        return self.location**2 + 2 * min(self.scale, 1.0) ** 2


def spread_of(reference: Floats, window: Floats) -> Spread:
    """Return how far numbers moved, from counts over the same ranges, shape (n_ranges,).

    Each range counts as the normal score of its middle rank (van der Waerden
    1952, Indagationes Mathematicae 14:453-458), so a value of a million weighs
    no more than one just beyond the greatest.
    """
    p = (reference + 0.5) / (reference + 0.5).sum()
    if not window.any():
        return Spread(math.nan, math.nan)
    q = window / window.sum()
    scores = scores_of_middle_ranks(p)
    (before, spread), (after, now) = _moments(scores, p), _moments(scores, q)
    if spread == 0:
        return Spread(0.0, 0.0)
    ratio = max(now / spread, math.exp(-5))  # a single bucket has zero spread, whose logarithm is infinite
    return Spread((after - before) / spread, math.log(ratio))


def _moments(scores: Floats, shares: Floats) -> tuple[float, float]:
    mean = float((scores * shares).sum())
    return mean, math.sqrt(max(float((np.square(scores - mean) * shares).sum()), 0.0))


def kind_of(changes: Changes, index: int, bounds: Bounds, numeric: NumericBuckets | None) -> str:
    """Return the kind of change that explains most of a column's PSI, empty if no bucket moved clearly.

    One of missing_up, missing_down, invalid_up, invalid_down, unseen, out_of_range, location_up, location_down,
    scale_up, scale_down, shape, mix (of categories).
    """
    # Noise adds to PSI too, and over many buckets it can exceed a real fault.
    contributions = np.where(changes.directions[index] != 0, changes.contributions[index], 0.0)
    whole = float(contributions.sum())
    if not whole > 0:
        return ""
    for category, kind in ((MISSING, "missing"), (NON_FINITE, "invalid"), (UNSEEN, "unseen")):
        place = next((place for place, bound in enumerate(bounds) if bound.category == category), None)
        greatest = numeric is None and place == int(
            contributions.argmax()
        )  # categories move one by one, ranges move together
        if place is not None and (greatest or contributions[place] >= FAULT_SHARE * whole):
            return kind if kind == "unseen" else _turned(kind, int(changes.directions[index, place]))
    return "mix" if numeric is None else _kind_of_numbers(changes, index, len(numeric.exposed) + 1)


def kind_decided(decisive: str, changes: Changes, index: int, bounds: Bounds, numeric: NumericBuckets | None) -> str:
    """Return the kind of change that the decisive test stands for, used if the buckets show no clear kind."""
    reference, window = changes.reference[index], changes.window[index]
    if not (reference.any() and window.any()):  # a verdict may outlive its samples
        return ""
    if decisive in ("location", "scale") and numeric is not None:
        n_ranges = len(numeric.exposed) + 1
        spread = spread_of(reference[:n_ranges], window[:n_ranges])
        return _turned(decisive, spread.location if decisive == "location" else spread.scale)
    if decisive == "missing":
        missing = len(bounds) - 1
        return _turned(decisive, float(window[missing] / window.sum() - reference[missing] / reference.sum()))
    if decisive == "invalid":
        return "invalid_up"
    if decisive in TESTS and not TESTS[decisive].omnibus:
        return decisive
    return "mix" if numeric is None else "shape"


def _turned(kind: str, direction: float) -> str:
    return f"{kind}_down" if direction < 0 else f"{kind}_up"


def _kind_of_numbers(changes: Changes, index: int, n_ranges: int) -> str:
    contributions = np.where(changes.directions[index] != 0, changes.contributions[index], 0.0)[:n_ranges]
    reference, window = changes.reference[index, :n_ranges], changes.window[index, :n_ranges]
    spread, whole = spread_of(reference, window), float(contributions.sum())
    beyond = float(contributions[0] + contributions[-1]) if n_ranges > 2 else 0.0
    inside = spread_of(reference[1:-1], window[1:-1]) if n_ranges > 2 else spread
    if beyond >= FAULT_SHARE * whole and not inside.divergence >= EXPLAINED_SHARE**2 and window[1:-1].any():
        return "out_of_range"
    if not spread.divergence >= EXPLAINED_SHARE * whole:
        return "shape"
    if abs(spread.location) >= min(abs(spread.scale), FAR_LOCATION):
        return _turned("location", spread.location)
    return _turned("scale", spread.scale)
