"""Traffic, performance and fairness by slice, and the worst slices."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..explain.slices import fairness_of, worst_slices
from ..measures.performance import of_positive_mean, wilson
from ..model.slices import SliceTotals
from ..model.view import ModelView, WindowView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels

FAIRNESS = (
    ("model_fairness_parity_difference", "Share of favourable predictions minus that of the privileged group."),
    ("model_fairness_impact_ratio", "Share of favourable predictions over that of the privileged group."),
    ("model_fairness_opportunity_difference", "The same difference among those whose outcome is favourable."),
    ("model_fairness_odds_difference", "Larger difference among those with and without a favourable outcome."),
)
Windows = Sequence[tuple[str, ModelView, WindowView]]


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    windows = [
        (model_labels(view.key), view, window) for view in views for window in view.windows if window.slices is not None
    ]
    yield from _traffic(windows)
    yield from _accuracy(windows)
    yield from _of_classes(windows)
    yield from _errors(windows)
    yield from _worst(windows)
    yield from _fairness(windows)


def _traffic(windows: Windows) -> Iterator[Family]:
    samples = gauge("model_slice_samples", "Samples of the slice in the window.")
    for base, _, window in windows:
        for each in window.slices.traffic if window.slices else ():
            for value, number in zip(each.labels, each.samples.tolist(), strict=True):
                # Samples without a value for the slice's column have an empty label; absent in Prometheus, so no slice.
                if value:
                    samples.add(joined(base, labels(slice=each.name, value=value, window=window.name)), number)
    yield samples


def _totals(windows: Windows, *, classes: bool) -> Iterator[tuple[SliceTotals, list[tuple[int, str]]]]:
    """Yield the totals of each column, with place and labels of its slices."""
    for base, _, window in windows:
        for each in window.slices.totals if window.slices else ():
            if bool(each.classes) == classes:
                texts = [
                    (place, joined(base, labels(slice=each.name, value=value, window=window.name)))
                    for place, value in enumerate(each.labels)
                    if value
                ]
                yield each, texts


def _accuracy(windows: Windows) -> Iterator[Family]:
    outcomes = gauge("model_slice_outcomes", "Joined outcomes of the slice in the window.")
    value = gauge("model_slice_accuracy_ratio", "Accuracy of the slice.")
    lower = gauge("model_slice_accuracy_ratio_lower", "Lower limit of its 95 % confidence interval.")
    upper = gauge("model_slice_accuracy_ratio_upper", "Upper limit of its 95 % confidence interval.")
    for totals, texts in (*_totals(windows, classes=True), *_totals(windows, classes=False)):
        for place, text in texts:
            outcomes.add(text, int(totals.n[place]))
    for totals, texts in _totals(windows, classes=True):
        for place, text in texts:
            n, right = float(totals.n[place]), float(totals.n[place] - totals.loss[place])
            # Wilson, since slices are small: the normal interval would leave 0 to 1 and be too short near its ends.
            limits = wilson(right, n)
            value.add(text, right / n if n else float("nan"))
            lower.add(text, limits.lower)
            upper.add(text, limits.upper)
    yield from (outcomes, value, lower, upper)


def _of_classes(windows: Windows) -> Iterator[Family]:
    precision = gauge("model_slice_precision_ratio", "Share of the slice's predictions of a class that were right.")
    recall = gauge("model_slice_recall_ratio", "Share of the slice's outcomes of a class that were predicted.")
    for totals, texts in _totals(windows, classes=True):
        hits = np.diagonal(totals.confusion, axis1=1, axis2=2)
        # `confusion` has the axes slice, outcome, prediction: summing over outcomes gives a precision's denominator.
        for family, axis in ((precision, 1), (recall, 2)):
            whole = totals.confusion.sum(axis=axis)
            # NaN, not 0, where the slice has no such prediction or outcome.
            shares = np.where(whole > 0, hits / np.maximum(whole, 1), np.nan)
            for place, text in texts:
                for name, share in zip(totals.classes, shares[place].tolist(), strict=True):
                    family.add(joined(text, labels(**{"class": name})), share)
    yield from (precision, recall)


def _errors(windows: Windows) -> Iterator[Family]:
    value = gauge("model_slice_mean_absolute_error", "Mean absolute error of the slice.")
    lower = gauge("model_slice_mean_absolute_error_lower", "Lower limit of its 95 % confidence interval.")
    upper = gauge("model_slice_mean_absolute_error_upper", "Upper limit of its 95 % confidence interval.")
    for totals, texts in _totals(windows, classes=False):
        for place, text in texts:
            n, loss = float(totals.n[place]), float(totals.loss[place])
            limits = of_positive_mean(n, loss, float(totals.squared_loss[place]))
            value.add(text, loss / n if n else float("nan"))
            lower.add(text, limits.lower)
            upper.add(text, limits.upper)
    yield from (value, lower, upper)


def _worst(windows: Windows) -> Iterator[Family]:
    value = gauge("model_worst_slice_excess", "Mean loss of one of the worst slices minus that of the rest.")
    lower = gauge("model_worst_slice_excess_lower", "Lower limit of its 95 % confidence interval.")
    pvalue = gauge("model_worst_slice_pvalue", "P-value of the slice, corrected for the number of slices compared.")
    for base, view, window in windows:
        for rank, found in enumerate(worst_slices(view, window), 1):
            named = labels(slice=found.column, value=found.value, rank=str(rank), window=window.name)
            # The rank is a label, so a dashboard shows the k worst without knowing slices by name.
            text = joined(base, named)
            value.add(text, found.excess)
            lower.add(text, found.lower)
            pvalue.add(text, found.pvalue)
    yield from (value, lower, pvalue)


def _fairness(windows: Windows) -> Iterator[Family]:
    selection = gauge("model_fairness_selection_ratio", "Share of favourable predictions of the group.")
    families = [gauge(name, help_text) for name, help_text in FAIRNESS]
    for base, view, window in windows:
        for found in fairness_of(view, window):
            for place, group in enumerate(found.groups):
                if group:
                    text = joined(base, labels(slice=found.column, value=group, window=window.name))
                    selection.add(text, float(found.rates.selection[place]))
                    for family, values in zip(families, found.fairness, strict=True):
                        family.add(text, float(values[place]))
    yield selection
    yield from families


GROUP = ModelGroup("slices", _families)
