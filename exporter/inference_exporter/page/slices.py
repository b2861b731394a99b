"""Slices, worst slices, fairness and components of a window, as tables."""

from collections.abc import Iterator

from ..explain.formatting import count, number, share
from ..explain.slices import GroupFairness, fairness_of, worst_slices
from ..measures.performance import (
    CLASSIFICATION_MEASURES,
    REGRESSION_MEASURES,
    ClassificationTotals,
    of_positive_mean,
    wilson,
)
from ..model.slices import SliceTotals
from ..model.view import ModelView, WindowView
from .tables import Table

UNKNOWN = "unknown"
# Those that a component has on its own: measures by class would need a table each.
OF_CLASSES = ("accuracy_ratio", "roc_auc", "brier_score")
OF_NUMBERS = ("mean_absolute_error", "root_mean_squared_error", "bias")


def slice_tables(view: ModelView, window: WindowView) -> Iterator[Table]:
    """Yield what is known of the slices and the components of a window; nothing without any."""
    if found := worst_slices(view, window):
        rows = [
            (f"{each.column}: {each.value}", count(each.outcomes), number(each.loss),
             f"{number(each.excess)} ({number(each.lower)} to {number(each.upper)})", number(each.pvalue))
            for each in found
        ]  # fmt: skip
        columns = ("Slice", "Outcomes", "Mean loss", "More than the rest (95% interval)", "Corrected p-value")
        note = f"Certainly worse than the rest in the last {window.name}: share of errors, or mean absolute error."
        yield Table("Worst slices", note, columns, rows)
    for totals in window.slices.totals if window.slices else ():
        yield _performance(totals, window)
    for fair in fairness_of(view, window):
        yield _fairness(fair, window)
    if window.components:
        yield _components(window)


def _performance(totals: SliceTotals, window: WindowView) -> Table:
    rows = [
        (value, count(int(totals.n[place])), *_mean(totals, place))
        for place, value in enumerate(totals.labels)
        if value
    ]
    measure = "Accuracy" if totals.classes else "Mean absolute error"
    columns = (totals.name, "Outcomes", measure, "95% interval")
    return Table(f"Performance by {totals.name}", f"In the last {window.name}.", columns, rows)


def _mean(totals: SliceTotals, place: int) -> tuple[str, str]:
    n, loss = float(totals.n[place]), float(totals.loss[place])
    if n == 0:
        return UNKNOWN, UNKNOWN
    if totals.classes:
        limits = wilson(n - loss, n)
        return share(1 - loss / n), f"{share(limits.lower)} to {share(limits.upper)}"
    limits = of_positive_mean(n, loss, float(totals.squared_loss[place]))
    return number(loss / n), f"{number(limits.lower)} to {number(limits.upper)}" if number(limits.lower) else UNKNOWN


def _fairness(found: GroupFairness, window: WindowView) -> Table:
    measures = (found.rates.selection, *found.fairness)
    rows = [
        (group + (" (privileged)" if place == found.privileged else ""),
         *(number(float(values[place])) or UNKNOWN for values in measures))
        for place, group in enumerate(found.groups)
        if group
    ]  # fmt: skip
    columns = (found.column, "Favourable", "Parity difference", "Impact ratio", "Opportunity difference",
               "Odds difference")  # fmt: skip
    return Table(f"Fairness by {found.column}", f"In the last {window.name}.", columns, rows)


def _components(window: WindowView) -> Table:
    classes = any(isinstance(totals, ClassificationTotals) for totals in window.components.values())
    keys = OF_CLASSES if classes else OF_NUMBERS
    titles = [(CLASSIFICATION_MEASURES[key] if classes else REGRESSION_MEASURES[key]).title for key in keys]
    rows = []
    for name, totals in window.components.items():
        values = []
        for key in keys:
            if isinstance(totals, ClassificationTotals):
                of_class = CLASSIFICATION_MEASURES[key].compute(totals)
                values.append(number(next(iter(of_class.values()), None)) or UNKNOWN)
            else:
                values.append(number(REGRESSION_MEASURES[key].compute(totals)) or UNKNOWN)
        rows.append((name, *values))
    return Table(
        "Components", f"Each measured like the model, in the last {window.name}.", ("Component", *titles), rows
    )
