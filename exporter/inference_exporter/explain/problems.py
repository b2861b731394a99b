"""Problems of a model's input in a window by feature, with the reason, beyond what chance explains."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..detectors.renames.matching import Rename
from ..detectors.renames.watch import RenamesView
from ..detectors.units.watch import UnitsView
from ..detectors.values.expected import Expected
from ..detectors.values.frozen import frozen
from ..detectors.values.watch import ValuesView, ValuesWindow
from ..measures.hypergeometric import hypergeometric_tail
from ..model.view import HistogramView, ModelView, WindowView
from ..verdict.budget import significance_per_look
from .formatting import clipped, number, share

Numbers = Floats | NDArray[np.integer[Any]]
Reason = Literal[
    "absent", "renamed", "missing", "type", "invalid", "format", "range", "unseen", "rule", "frozen", "unit", "skew",
]  # fmt: skip
# The problems that a test finds: each takes its part of the budget, and `_Finding` knows no other.
TESTED: tuple[Reason, ...] = ("missing", "type", "invalid", "format", "range", "unseen", "frozen", "skew")
# Problems are tested in each scrape, more often than the budget counts looks (one per fifth of a window). Looks in
# between see nearly the same samples, so together they count as a few more looks, not as one each.
LOOKS_BETWEEN = 4
LEAST_SHARE = 0.01  # above the reference: smaller changes do not matter
LEAST_COUNT = 3  # one strange value does not make a feature faulty
BY_DESIGN = 0.9  # without a reference, raw values that nearly always differ are assumed to be intended
NAME_LENGTH_AT_MOST = 60


@dataclass(frozen=True)
class Problem:
    """One problem of one feature in one window."""

    feature: str
    reason: Reason
    text: str
    """The problem, as a sentence about the feature."""
    ratio: float
    """The share of the window's values that have it; null if it is not about single values."""
    reference_ratio: float
    to: str = ""
    """The feature's likely new name, or the likely conversion of its unit."""


def significance_of(view: ModelView) -> float:
    """Return the probability with which one test of one feature in one scrape may be wrong, from the model's budget."""
    lengths = [window.length_seconds for window in view.windows]
    look = significance_per_look(view.config.drift.false_alarms_per_month, lengths, "schema")
    features = len(view.grid.feature_names) if view.grid else 1
    return look / (max(features, 1) * len(TESTED) * LOOKS_BETWEEN)


def worse(
    k: Numbers, n: Numbers, k_reference: Floats, m: Floats, significance: float, chances: Floats | float = 1.0
) -> NDArray[np.bool_]:
    """Return where the share k of n matters and exceeds what chance explains from k_reference of m; shape (...).

    `chances` is by how much to multiply what the exact test finds, where
    several looks are taken at once.
    """
    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        matters = (k >= LEAST_COUNT) & (k / n - k_reference / m >= LEAST_SHARE)
    found = np.zeros(len(k), dtype=np.bool_)
    if matters.any():
        tail = hypergeometric_tail(k[matters], n[matters], k_reference[matters], m[matters])
        found[matters] = tail * np.broadcast_to(chances, k.shape)[matters] < significance
    return found


def frozen_of(view: ModelView, window: WindowView) -> Floats | None:
    """Return for each feature 1 if it is frozen, 0 if it changed, NaN if unknown."""
    values, histograms = view.part(ValuesView), window.histograms
    if values is None or histograms is None:
        return None
    expected = values.expected
    counted = values.windows[window.name]
    if not histograms.enough:
        return np.full(len(expected.places), np.nan)
    quality = histograms.quality
    n = (quality.total - quality.missing)[expected.places]
    # A value has stood since it last changed, or since the first sample.
    since = np.where(np.isnan(values.last_change), view.traffic.first_time, values.last_change)
    stood = values.last_present - since
    return frozen(counted.constant, n, stood, expected.shares, expected.pauses, significance_of(view))


def renames_of(view: ModelView) -> tuple[Rename, ...]:
    """Return the features that seem to have been renamed."""
    part = view.part(RenamesView)
    return part.found if part else ()


def units_of(view: ModelView, window: WindowView) -> Mapping[str, str]:
    """Return the changes of unit by feature; only the shortest and the longest window detect them."""
    part = view.part(UnitsView)
    if part is None or window.name not in part.windows:
        return {}
    return {name: change.unit for name, change in part.windows[window.name].changes.items()}


def problems_of(view: ModelView, window: WindowView) -> list[Problem]:
    """Return the problems of each feature in a window; empty while there are too few samples."""
    histograms, values = window.histograms, view.part(ValuesView)
    if histograms is None or not histograms.enough or values is None:
        return []
    expected, counted, significance = values.expected, values.windows[window.name], significance_of(view)
    findings = (
        *_of_histograms(histograms, expected, counted, significance),
        *_of_values(expected, counted, significance),
    )
    found = [
        *(problem for finding in findings for problem in finding.problems(values.layout.features)),
        *_rules(counted),
        *_frozen(view, window, counted),
        *_units(view, window),
    ]
    gone = {problem.feature for problem in found if problem.reason == "absent"}
    renamed = {rename.feature: rename for rename in renames_of(view) if rename.feature in gone}
    shown = [_renamed(renamed[p.feature]) if p.reason == "absent" and p.feature in renamed else p for p in found]
    places = {name: place for place, name in enumerate(values.layout.features)}
    return sorted(shown, key=lambda problem: places[problem.feature])


@dataclass(frozen=True, eq=False)
class _Finding:
    """Counts of one test for all features: `part` of `whole` values, and `reference` of `rows` in the reference."""

    reason: Reason
    text: str
    where: NDArray[np.bool_]
    part: Numbers
    whole: Numbers
    reference: Floats
    rows: Floats
    test: Reason | None = None
    """The reason whose budget it spends, if not its own."""

    def __post_init__(self) -> None:
        if (self.test or self.reason) not in TESTED:
            raise ValueError(f"{self.reason}: a test that the budget does not know")

    def problems(self, names: Sequence[str]) -> Iterator[Problem]:
        """Yield the problem of each feature that has it."""
        for place in np.flatnonzero(self.where).tolist():
            ratio, rows = float(self.part[place] / self.whole[place]), self.rows[place]
            usual = float(self.reference[place] / rows) if rows else math.nan
            before = "" if math.isnan(usual) else f", {share(usual)} in the reference"
            text = f"{self.text} in {share(ratio)} of its values{before}"
            yield Problem(names[place], self.reason, text, ratio, usual)


def _of_histograms(
    histograms: HistogramView, expected: Expected, counted: ValuesWindow, significance: float
) -> Iterator[_Finding]:
    quality = histograms.quality
    total, missing, invalid, unseen, outside = (
        part[expected.places]
        for part in (quality.total, quality.missing, quality.invalid, quality.unseen, quality.out_of_range)
    )
    rows, there, present = expected.rows, expected.rows - expected.missing - expected.invalid, total - missing - invalid
    lacking = worse(missing, total, expected.missing, rows, significance)
    absent = lacking & (counted.absent == 1)
    side = (missing, total, expected.missing, rows)
    yield _Finding("absent", "is in no sample, not even as null", absent, *side, test="missing")
    yield _Finding("missing", "is missing", lacking & ~absent, *side)
    # Report a value of the wrong type that is not a number only once.
    typed = worse(counted.wrong_types, counted.of("sent"), expected.wrong_types, rows, significance)
    unreadable = worse(invalid, total, expected.invalid, rows, significance) & ~typed
    yield _Finding("invalid", "cannot be read", unreadable, invalid, total, expected.invalid, rows)
    never = np.zeros(len(total))
    # Values beyond either end: the number of ways to divide them between both ends.
    beyond = worse(np.nan_to_num(outside), present, never, there, significance, np.nan_to_num(outside) + 1)
    yield _Finding("range", "is out of the reference's range", beyond, outside, total, never, rows)
    unknown = worse(np.nan_to_num(unseen), present, expected.singletons, there, significance)
    text = "has categories that are not in the reference"
    yield _Finding("unseen", text, unknown, unseen, total, expected.singletons, rows)


def _of_values(expected: Expected, counted: ValuesWindow, significance: float) -> Iterator[_Finding]:
    wrong = (counted.wrong_types, counted.of("sent"), expected.wrong_types, expected.rows)
    yield _Finding("type", "is of the wrong type", worse(*wrong, significance), *wrong)
    strange = (counted.of("misformed"), counted.of("checked"), expected.misformed, expected.texts)
    yield _Finding("format", "lacks its format", worse(*strange, significance), *strange)
    compared, differing = counted.of("compared"), counted.of("differing")
    skew = (differing, compared, expected.skew[1], expected.skew[0])
    ratio = counted.ratio(differing, compared)
    guessed = (expected.skew[0] == 0) & (differing >= LEAST_COUNT) & (ratio >= LEAST_SHARE) & (ratio < BY_DESIGN)
    yield _Finding("skew", "differs from its raw value", worse(*skew, significance) | guessed, *skew)


def _rules(counted: ValuesWindow) -> Iterator[Problem]:
    broken: dict[str, dict[str, float]] = {}
    for place, rule in enumerate(counted.layout.rules):
        times = counted.broken(place)
        if times >= LEAST_COUNT and times >= LEAST_SHARE * counted.samples:
            broken.setdefault(rule.feature, {})[rule.name] = times / counted.samples
    for feature, ratios in broken.items():
        shares = ", ".join(f"{name} in {share(ratio)}" for name, ratio in ratios.items())
        yield Problem(feature, "rule", f"breaks its rules: {shares} of the samples", max(ratios.values()), math.nan)


def _frozen(view: ModelView, window: WindowView, counted: ValuesWindow) -> Iterator[Problem]:
    verdicts = frozen_of(view, window)
    if verdicts is not None:
        for place in np.flatnonzero(verdicts == 1).tolist():
            name = counted.layout.features[place]
            yield Problem(name, "frozen", f"has a single value in {number(counted.samples)} samples", 1.0, 0.0)


def _units(view: ModelView, window: WindowView) -> Iterator[Problem]:
    for name, unit in units_of(view, window).items():
        conversion = unit.replace("_", " ")
        yield Problem(name, "unit", f"seems to be in another unit: {conversion}", math.nan, math.nan, unit)


def _renamed(rename: Rename) -> Problem:
    name = clipped(rename.to, NAME_LENGTH_AT_MOST)
    text = f"seems to be called {name} now (similarity {share(rename.score)})"
    return Problem(rename.feature, "renamed", text, 1.0, 0.0, rename.to)
