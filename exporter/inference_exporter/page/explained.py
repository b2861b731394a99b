"""Explained: what changed in one window of a model, for the page and the JSON."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..detectors.new_categories.watch import NewCategoriesView
from ..explain.explanation import Explanation, NewCategories, explain
from ..explain.ranking import TOP_FEATURES, drifted_of, impacts_of
from ..explain.sentence import range_of
from ..explain.undecided import undecided
from ..model.view import HistogramView, ModelView, WindowView
from ..samples.batch import OUTPUTS, Group
from .cards import title_of
from .shape import Bar
from .svg import before_and_after
from .verdict import Verdict, verdict_of

MOVES_DRAWN = 3  # more than three bars hide the largest


@dataclass(frozen=True)
class TopFeature:
    """One of the drifted features that matter most; the columns hold its explanation."""

    rank: int
    feature: str
    impact: float
    sentence: str


@dataclass(frozen=True)
class Undecided:
    """A column with a change that reaches a threshold and yet is not drift, and why."""

    group: Group
    name: str
    reason: str


@dataclass(frozen=True)
class WindowExplanation:
    """What changed in one window: every drifted column, features first, by descending impact."""

    model: str
    version: str
    variant: str
    window: str
    verdict: Verdict
    compared_samples: int
    top_features: tuple[TopFeature, ...]
    columns: tuple[Explanation, ...]
    undecided: tuple[Undecided, ...]
    """Columns that look changed but have not drifted: natural variation, too few samples, or a look still to come."""


@dataclass(frozen=True)
class Changed:
    """A column that changed, with a picture of the largest moves."""

    title: str
    explanation: Explanation
    picture: Markup


def changed(
    view: ModelView, histograms: HistogramView, indices: Sequence[int], most: int = MOVES_DRAWN
) -> list[Changed]:
    """Return columns with the moves in them."""
    return [_changed(explained.explanation, most) for explained in explain(histograms, indices, _new_categories(view))]


def what_changed(view: ModelView, histograms: HistogramView) -> list[Changed]:
    """Return the drifted features that matter most; if no feature drifted, the drifted outputs."""
    # Outputs usually drift because features do, so they explain something only if no feature does.
    indices = drifted_of(histograms, "feature") or drifted_of(histograms, *OUTPUTS)
    return changed(view, histograms, indices[:TOP_FEATURES])


def _changed(explanation: Explanation, most: int) -> Changed:
    title = title_of(explanation.group, explanation.name)
    bars = [Bar(range_of(move), move.reference_ratio, move.window_ratio) for move in explanation.moves[:most]]
    label = f"What moved most in {title}: share before and after"
    return Changed(title, explanation, before_and_after(bars, label, explanation.drifted is True))


def window_explanation(view: ModelView, window: WindowView, indices: Sequence[int] | None = None) -> WindowExplanation:
    """Return what changed in a window, in every drifted column or in the given columns."""
    histograms = window.histograms
    return WindowExplanation(
        **view.key._asdict(),
        window=window.name,
        verdict=verdict_of(view, window),
        compared_samples=histograms.samples if histograms else 0,
        top_features=top_features(view, histograms) if histograms else (),
        columns=_columns(view, histograms, indices) if histograms else (),
        undecided=_undecided(histograms) if histograms else (),
    )


def _undecided(histograms: HistogramView) -> tuple[Undecided, ...]:
    if histograms.fault is not None:  # the verdict says so for all columns
        return ()
    reasons = ((column, undecided(histograms, index)) for index, column in enumerate(histograms.grid.columns))
    return tuple(Undecided(column.group, column.name, reason) for column, reason in reasons if reason)


def top_features(view: ModelView, histograms: HistogramView) -> tuple[TopFeature, ...]:
    """Return the drifted features that matter most, with their sentences."""
    indices, impacts = drifted_of(histograms, "feature")[:TOP_FEATURES], impacts_of(histograms)
    explanations = [explained.explanation for explained in explain(histograms, indices, _new_categories(view))]
    return tuple(
        TopFeature(rank, explanation.name, float(impacts[index]), explanation.sentence)
        for rank, (index, explanation) in enumerate(zip(indices, explanations, strict=True), 1)
    )


def _columns(view: ModelView, histograms: HistogramView, indices: Sequence[int] | None) -> tuple[Explanation, ...]:
    if indices is None:
        indices = [*drifted_of(histograms, "feature"), *drifted_of(histograms, *OUTPUTS)]
    return tuple(explained.explanation for explained in explain(histograms, indices, _new_categories(view)))


def _new_categories(view: ModelView) -> NewCategories:
    part = view.part(NewCategoriesView)
    return part.names if part else {}
