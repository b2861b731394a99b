"""What is wrong with a model's input in a window, feature by feature, with the reason; chance is no reason."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..detectors.renames.matching import Rename
from ..detectors.renames.watch import RenamesView
from ..detectors.units.watch import UnitsView
from ..detectors.values.frozen import can_freeze, frozen, greatest_share
from ..detectors.values.learn import RECORD as VALUES
from ..detectors.values.types import KINDS
from ..detectors.values.watch import ValuesView, ValuesWindow
from ..measures.hypergeometric import hypergeometric_tail
from ..model.view import HistogramView, ModelView, WindowView
from ..reference.grid import Grid
from ..verdict.budget import significance_per_look
from .formatting import clipped, number, share

Numbers = Floats | NDArray[np.integer[Any]]
Reason = Literal[
    "absent", "renamed", "missing", "type", "invalid", "format", "range", "unseen", "rule", "frozen", "unit", "skew",
]  # fmt: skip
TESTS = 8  # that a feature may fail: missing, invalid, range, unseen, type, format, skew, frozen
# Problems are looked at in each scrape, more often than a window's samples are replaced by the fifths that the budget
# counts. Looks in between see nearly the same samples: together they are worth a few more, not one each.
LOOKS_BETWEEN = 4
LEAST_SHARE = 0.01  # beyond the reference: what matters
LEAST_COUNT = 3  # one strange value is no problem of a feature
BY_DESIGN = 0.9  # with no reference to tell, raw values that nearly always differ are meant to
NAME_LENGTH_AT_MOST = 60


@dataclass(frozen=True)
class Problem:
    """One problem of one feature in one window."""

    feature: str
    reason: Reason
    text: str
    """What is wrong, as a sentence about the feature."""
    ratio: float
    """The share of the window's values that have it; null where that is not its nature."""
    reference_ratio: float
    to: str = ""
    """The name that the feature seems to have now, or the change that its unit seems to have gone through."""


@dataclass(frozen=True, eq=False)
class _Expected:
    """What the reference says of each feature, shape (n_features,)."""

    places: NDArray[np.intp]
    rows: Floats
    missing: Floats
    invalid: Floats
    singletons: Floats
    wrong_types: Floats
    misformed: Floats
    texts: Floats
    skew: tuple[Floats, Floats]
    """Compared and differing; 0 compared where the reference had no raw values."""
    shares: Floats
    pauses: tuple[Floats, Floats]


@lru_cache(maxsize=256)
def _expected(grid: Grid) -> _Expected:
    places = [index for index, column in enumerate(grid.columns) if column.group == "feature"]
    columns = [grid.columns[index] for index in places]
    values = VALUES.of(grid.reference)
    of_each: list[Mapping[str, Any]] = [values.features.get(column.name, {}) if values else {} for column in columns]

    def learned(*path: str, unknown: float = 0.0) -> Floats:
        return np.array([_at(of, path, unknown) for of in of_each], dtype=np.float64)

    shares = [
        greatest_share(column) if can_freeze(column, of.get("runs")) else math.nan
        for column, of in zip(columns, of_each, strict=True)
    ]
    return _Expected(
        places=np.array(places, dtype=np.intp),
        rows=np.array([column.counts.sum() for column in columns], dtype=np.float64),
        missing=np.array([column.counts[-1] for column in columns], dtype=np.float64),
        invalid=np.array([column.counts[-2] for column in columns], dtype=np.float64),
        singletons=learned("met_once"),
        wrong_types=np.sum([learned("wrong_types", kind) for kind in KINDS], axis=0),
        misformed=learned("format", "misformed"),
        texts=learned("format", "texts"),
        skew=(learned("skew", "compared"), learned("skew", "differing")),
        shares=np.array(shares, dtype=np.float64),
        pauses=(learned("runs", "rows", unknown=math.nan), learned("runs", "seconds", unknown=math.nan)),
    )


def _at(content: Any, path: Sequence[str], unknown: float) -> float:
    for key in path:
        content = content.get(key) if content else None
    return unknown if content is None else float(content)


def significance_of(view: ModelView) -> float:
    """Return the chance with which one test of one feature in one scrape may be wrong, out of the model's budget."""
    lengths = [window.length_seconds for window in view.windows]
    look = significance_per_look(view.config.drift.false_alarms_per_month, lengths, "schema")
    features = len(view.grid.feature_names) if view.grid else 1
    return look / (max(features, 1) * TESTS * LOOKS_BETWEEN)


def worse(
    k: Numbers, n: Numbers, k_reference: Floats, m: Floats, significance: float, chances: Floats | float = 1.0
) -> NDArray[np.bool_]:
    """Return where k of n is a share that matters and that chance does not make of k_reference of m; shape (...).

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
    """Return for each feature 1 where it is frozen, 0 where it changed, NaN where it cannot be told."""
    values, histograms = view.part(ValuesView), window.histograms
    if values is None or histograms is None:
        return None
    expected = _expected(histograms.grid)
    counted = values.windows[window.name]
    if not histograms.enough:
        return np.full(len(expected.places), np.nan)
    quality = histograms.quality
    n = (quality.total - quality.missing)[expected.places]
    # The value stands since it last changed; where it never did, since the first sample.
    since = np.where(np.isnan(values.last_change), view.traffic.first_time, values.last_change)
    stood = values.last_present - since
    return frozen(counted.constant, n, stood, expected.shares, expected.pauses, significance_of(view))


def renames_of(view: ModelView) -> tuple[Rename, ...]:
    """Return which features seem to have another name now."""
    part = view.part(RenamesView)
    return part.found if part else ()


def units_of(view: ModelView, window: WindowView) -> Mapping[str, str]:
    """Return the changes of unit by feature; only the shortest and the longest window know any."""
    part = view.part(UnitsView)
    if part is None or window.name not in part.windows:
        return {}
    return {name: change.unit for name, change in part.windows[window.name].changes.items()}


def problems_of(view: ModelView, window: WindowView) -> list[Problem]:
    """Return what is wrong with each feature in a window; nothing while there are too few samples to tell."""
    histograms, values = window.histograms, view.part(ValuesView)
    if histograms is None or not histograms.enough or values is None:
        return []
    expected, counted, significance = _expected(histograms.grid), values.windows[window.name], significance_of(view)
    found = [
        *_of_histograms(histograms, expected, counted, significance),
        *_of_values(expected, counted, significance),
        *_rules(counted),
        *_frozen(view, window, counted),
        *_units(view, window),
    ]
    gone = {problem.feature for problem in found if problem.reason == "absent"}
    renamed = {rename.feature: rename for rename in renames_of(view) if rename.feature in gone}
    shown = [_renamed(renamed[p.feature]) if p.reason == "absent" and p.feature in renamed else p for p in found]
    places = {name: place for place, name in enumerate(values.layout.features)}
    return sorted(shown, key=lambda problem: places[problem.feature])


def _of_histograms(
    histograms: HistogramView, expected: _Expected, counted: ValuesWindow, significance: float
) -> Iterator[Problem]:
    quality, names = histograms.quality, counted.layout.features
    total, missing, invalid, unseen, outside = (
        part[expected.places]
        for part in (quality.total, quality.missing, quality.invalid, quality.unseen, quality.out_of_range)
    )
    there = expected.rows - expected.missing - expected.invalid
    lacking = worse(missing, total, expected.missing, expected.rows, significance)
    absent = lacking & (counted.absent == 1)
    never = np.zeros(len(total))
    # Beyond either end: so many ways to share what is outside between both.
    beyond = worse(
        np.nan_to_num(outside), total - missing - invalid, never, there, significance, np.nan_to_num(outside) + 1
    )
    unknown = worse(np.nan_to_num(unseen), total - missing - invalid, expected.singletons, there, significance)
    # A value of the wrong type that is no number at all is told once.
    typed = worse(counted.wrong_types, counted.of("sent"), expected.wrong_types, expected.rows, significance)
    unreadable = worse(invalid, total, expected.invalid, expected.rows, significance) & ~typed
    tests: tuple[tuple[Reason, NDArray[np.bool_], Floats, Floats, Floats, Floats, str], ...] = (
        ("absent", absent, missing, total, expected.missing, expected.rows, "is in no sample, not even as null"),
        ("missing", lacking & ~absent, missing, total, expected.missing, expected.rows, "is missing"),
        ("invalid", unreadable, invalid, total, expected.invalid, expected.rows, "cannot be read"),
        ("range", beyond, outside, total, never, expected.rows, "is out of the reference's range"),
        (
            "unseen",
            unknown,
            unseen,
            total,
            expected.singletons,
            expected.rows,
            "has categories the reference never had",
        ),
    )
    for reason, where, part, whole, reference, rows, text in tests:
        yield from _shares(names, reason, where, part, whole, reference, rows, text)


def _of_values(expected: _Expected, counted: ValuesWindow, significance: float) -> Iterator[Problem]:
    names = counted.layout.features
    sent, wrong = counted.of("sent"), counted.wrong_types
    typed = worse(wrong, sent, expected.wrong_types, expected.rows, significance)
    yield from _shares(names, "type", typed, wrong, sent, expected.wrong_types, expected.rows, "is of the wrong type")
    checked, misformed = counted.of("checked"), counted.of("misformed")
    strange = worse(misformed, checked, expected.misformed, expected.texts, significance)
    yield from _shares(
        names, "format", strange, misformed, checked, expected.misformed, expected.texts, "lacks its format"
    )
    compared, differing = counted.of("compared"), counted.of("differing")
    known = worse(differing, compared, expected.skew[1], expected.skew[0], significance)
    ratio = counted.ratio(differing, compared)
    guessed = (expected.skew[0] == 0) & (differing >= LEAST_COUNT) & (ratio >= LEAST_SHARE) & (ratio < BY_DESIGN)
    skewed = known | guessed
    yield from _shares(
        names, "skew", skewed, differing, compared, expected.skew[1], expected.skew[0], "differs from its raw value"
    )


def _shares(
    names: Sequence[str],
    reason: Reason,
    where: NDArray[np.bool_],
    part: Numbers,
    whole: Numbers,
    reference: Floats,
    rows: Floats,
    text: str,
) -> Iterator[Problem]:
    for place in np.flatnonzero(where).tolist():
        ratio = float(part[place] / whole[place])
        usual = float(reference[place] / rows[place]) if rows[place] else math.nan
        before = "" if math.isnan(usual) else f", {share(usual)} in the reference"
        yield Problem(names[place], reason, f"{text} in {share(ratio)} of its values{before}", ratio, usual)


def _rules(counted: ValuesWindow) -> Iterator[Problem]:
    broken: dict[str, dict[str, float]] = {}
    for place, rule in enumerate(counted.layout.rules):
        times = counted.broken(place)
        if times >= LEAST_COUNT and times >= LEAST_SHARE * counted.samples:
            broken.setdefault(rule.feature, {})[rule.name] = times / counted.samples
    for feature, ratios in broken.items():
        said = ", ".join(f"{name} in {share(ratio)}" for name, ratio in ratios.items())
        yield Problem(feature, "rule", f"breaks its rules: {said} of the samples", max(ratios.values()), math.nan)


def _frozen(view: ModelView, window: WindowView, counted: ValuesWindow) -> Iterator[Problem]:
    verdicts = frozen_of(view, window)
    if verdicts is not None:
        for place in np.flatnonzero(verdicts == 1).tolist():
            name = counted.layout.features[place]
            yield Problem(name, "frozen", f"has had one value alone in {number(counted.samples)} samples", 1.0, 0.0)


def _units(view: ModelView, window: WindowView) -> Iterator[Problem]:
    for name, unit in units_of(view, window).items():
        said = unit.replace("_", " ")
        yield Problem(name, "unit", f"seems to be in another unit: {said}", math.nan, math.nan, unit)


def _renamed(rename: Rename) -> Problem:
    name = clipped(rename.to, NAME_LENGTH_AT_MOST)
    text = f"seems to be called {name} now (likeness {share(rename.score)})"
    return Problem(rename.feature, "renamed", text, 1.0, 0.0, rename.to)
