"""Cards: one column as the page shows it, with its histogram and notes about its values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..explain.formatting import name, number, share
from ..model.view import HistogramView
from ..samples.batch import Group
from .columns import ColumnSummary, column_summaries
from .shape import NOTABLE_SHARE, shape_of
from .svg import histogram, meter
from .text import anchor

QUALITY_WORDS = {
    "missing_ratio": "missing", "invalid_ratio": "invalid", "unseen_ratio": "never seen before",
    "out_of_range_ratio": "out of the reference's range",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """A column, drawn."""

    column: ColumnSummary
    title: str
    anchor: str
    picture: Markup
    meter: Markup
    notes: tuple[str, ...]


def cards_of(histograms: HistogramView, indices: Sequence[int], window: str) -> list[Card]:
    """Return the cards of some columns, in the given order."""
    summaries = column_summaries(histograms, indices)
    return [_card(histograms, index, column, window) for index, column in zip(indices, summaries, strict=True)]


def _card(histograms: HistogramView, index: int, column: ColumnSummary, window: str) -> Card:
    title = title_of(column.group, column.name)
    # From the fine cells, not the exposed buckets: those are quantiles, over which every reference is flat.
    shape = shape_of(histograms.grid.columns[index], histograms.grid.column_counts(histograms.cells, index))
    effect = column.drift["psi_debiased"]
    return Card(
        column=column,
        title=title,
        anchor=anchor(column.group, column.name),
        picture=histogram(shape, f"Distribution of {title}: reference and last {window}", column.drifted is True),
        meter=meter(effect, column.threshold, f"debiased PSI {number(effect)}, threshold {number(column.threshold)}"),
        notes=tuple(notes_about(column)),
    )


def title_of(group: Group, column: str) -> str:
    """Return the title of a column."""
    if group in ("prediction", "action"):
        return group
    return {"score": "score of ", "intermediate": "output of "}.get(group, "") + name(column)


def notes_about(column: ColumnSummary) -> Iterator[str]:
    """Yield the problems of the window's values, unless they are negligible."""
    for key, ratio in column.quality.items():
        # Only missing values may be normal; the reference has no invalid or unseen ones by definition.
        normal = column.reference_missing_ratio if key == "missing_ratio" else 0.0
        if max(ratio, normal) >= NOTABLE_SHARE:
            compared = f" (reference {share(normal)})" if normal else ""
            yield f"{share(ratio)} {QUALITY_WORDS.get(key, key)}{compared}"
