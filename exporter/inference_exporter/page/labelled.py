"""Measures of realised performance with labels of their own, as tables: one for those that share their labels."""

from collections.abc import Iterator

from ..explain.formatting import count, number
from ..measures.performance import LABELLED_MEASURES
from ..model.view import ModelView, WindowView
from .realised import LabelledValue, labelled_values
from .tables import Table

UNKNOWN = "unknown"
Names = tuple[str, ...]
ROWS_AT_MOST = 40  # the API has the rest


def labelled_tables(view: ModelView, window: WindowView) -> Iterator[Table]:
    """Yield a table for each set of labels; nothing without outcomes."""
    by_labels: dict[Names, dict[Names, dict[str, LabelledValue]]] = {}
    for found in labelled_values(view, window) if window.outcomes else ():
        of_names = by_labels.setdefault(tuple(found.labels), {})
        of_names.setdefault(tuple(found.labels.values()), {})[found.measure] = found
    for labels, rows in by_labels.items():
        yield _table(labels, rows, window.name)


def _table(labels: Names, rows: dict[Names, dict[str, LabelledValue]], window: str) -> Table:
    measures = list(dict.fromkeys(measure for of_row in rows.values() for measure in of_row))
    shown = [
        (*names, *(_cell(of_row.get(measure)) for measure in measures), _outcomes(of_row))
        for names, of_row in list(rows.items())[:ROWS_AT_MOST]
    ]
    heads = [name.replace("_", " ").capitalize() for name in labels]
    titles = [LABELLED_MEASURES[measure].title for measure in measures]
    note = f"In the last {window}, with 95 % intervals."
    return Table(f"Performance by {' and '.join(labels)}", note, (*heads, *titles, "Outcomes"), shown)


def _cell(found: LabelledValue | None) -> str:
    if found is None or not number(found.value):
        return UNKNOWN
    limits = f" ({number(found.lower)} to {number(found.upper)})" if number(found.lower) and number(found.upper) else ""
    return f"{number(found.value)}{limits}"


def _outcomes(of_row: dict[str, LabelledValue]) -> str:
    return count(max(found.outcomes for found in of_row.values()))
