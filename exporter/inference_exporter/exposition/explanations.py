"""What changed, for alerts and dashboards: an info series per drifted column, and the features that matter most."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..explain.ranking import drifted_of, impacts_of
from ..explain.steady import Memory, Report, reports_now, top_now
from ..model.view import HistogramView, ModelView
from ..samples.batch import Group, ModelKey
from ._base import Families, Family, ModelGroup, gauge, joined, labels, model_labels
from ._columns import SUBJECTS, histogram_windows, indexes, label_texts

INFO_HELP = (
    "1 for each drifted column: kind of change, the values that moved, their share before and after, since when."
)
TOP_HELP = "Debiased PSI (times importance, if known) of the drifted features that matter most; absent without drift."

Place = tuple[ModelKey, str]


@dataclass
class Explanations:
    """The families, and the last explanation of each window. Not thread-safe."""

    memories: dict[Place, Memory] = field(default_factory=dict)

    def families(self, views: Sequence[ModelView]) -> Iterator[Family]:
        """Yield the families of one moment."""
        info = {group: gauge(f"{prefix}_drift_info", INFO_HELP) for group, prefix in SUBJECTS}
        top = gauge("model_drift_top_feature", TOP_HELP)
        memories: dict[Place, Memory] = {}
        for view, window, histograms in histogram_windows(views):
            place = view.key, window.name
            # Labels such as the moved values change with each sample; the memory keeps them until they change
            # for good, because each new text would be another series in Prometheus.
            memory = _now(self.memories.get(place, Memory()), histograms)
            if memory.reports:
                memories[place] = memory
            for group, family in info.items():
                _add_reports(family, model_labels(view.key), window.name, histograms, group, memory.reports)
            _add_top(top, joined(model_labels(view.key), labels(window=window.name)), histograms, memory.top)
        # Replaced, not updated: windows of models that went away are forgotten with it.
        self.memories = memories
        yield from info.values()
        yield top


def _now(memory: Memory, histograms: HistogramView) -> Memory:
    if memory.grid is not histograms.grid:  # a new reference has other columns
        memory = Memory()
    reports: dict[int, Report] = {}
    for group, _ in SUBJECTS:
        reports |= reports_now(memory.reports, histograms, drifted_of(histograms, group))
    return Memory(histograms.grid, reports, top_now(memory.top, histograms, drifted_of(histograms, "feature")))


def _add_reports(
    family: Family, base: str, window: str, histograms: HistogramView, group: Group, reports: Mapping[int, Report]
) -> None:
    texts = label_texts(histograms.grid, group, base, window)
    for text, index in zip(texts, indexes(histograms.grid, group).tolist(), strict=True):
        if index in reports:
            report = reports[index]
            family.add(joined(text, labels(change=report.change, moved=report.moved, since=report.since)), 1)


def _add_top(family: Family, base: str, histograms: HistogramView, top: Sequence[int]) -> None:
    impacts = impacts_of(histograms)
    for rank, index in enumerate(top, 1):
        name = histograms.grid.columns[index].name
        family.add(joined(base, labels(rank=str(rank), feature=name)), float(impacts[index]))


def _remembering() -> Families:
    return Explanations().families


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    return Explanations().families(views)


# `_families` is for a single moment; scrapes take the remembering form.
GROUP = ModelGroup("explanations", _families, remembering=_remembering)
