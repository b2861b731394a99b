"""Outcomes to doubt: features that give them away, and class names that do not meet."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays import Cells, Column, Floats, column_rows
from ..reference.reference import CLASSES_AT_MOST, Reference
from ..reference.traits import LearningSamples
from ..values.coded import Codes, coded
from ..values.kinds import is_numeric
from ..values.numbers import as_numbers

# A useful feature rarely predicts that well alone; one that leaks the outcome nearly always does.
NEARLY = 0.995
CLASSES_SHOWN = 3
BOOLEANS = {"true": "1", "false": "0"}
CLASSES_DIFFER = "{} are named {}, {} {}: measures of performance may be wrong; give a class the same name everywhere"
COMMON_SHARE = 0.98  # an outcome this frequent is predicted by anything


def doubts_about_outcome(values: Column, rows: Cells, samples: LearningSamples) -> Iterator[str]:
    """Yield whether a feature equals the outcome, or predicts it nearly perfectly alone."""
    if samples.outcome is None:
        return
    outcomes = column_rows(samples.outcome, rows)
    outcome, classes = coded(outcomes)
    feature, names = coded(column_rows(values, rows))
    known = (outcome >= 0) & (feature >= 0)
    outcome, feature = outcome[known], feature[known]
    if len(outcome) < 2 or np.bincount(outcome).max() > COMMON_SHARE * len(outcome):
        return
    places = {text: place for place, text in enumerate(classes)}
    same = np.array([places.get(name, -1) for name in names], dtype=np.intp)
    if bool((outcome == same[feature]).all()):
        yield "equals the outcome: the model may have seen what it should predict; leave it out"
    elif _gives_away(column_rows(values, rows), outcomes, feature, outcome, known):
        yield "predicts the outcome nearly perfectly alone: check that it is known before the outcome is"


def _gives_away(values: Column, outcomes: Column, feature: Codes, outcome: Codes, known: np.ndarray) -> bool:
    classes, outcome = np.unique(outcome, return_inverse=True)
    if is_numeric(values):
        numbers = as_numbers(values)[known]
        if len(classes) == 2:
            return _separation(numbers, outcome == 0) >= NEARLY
        if is_numeric(outcomes) and len(classes) > CLASSES_AT_MOST:
            return _correlation(numbers, as_numbers(outcomes)[known]) >= NEARLY
    names, places = np.unique(feature, return_inverse=True)
    # Many names with few rows each, such as ids, predict anything by heart.
    if len(classes) > CLASSES_AT_MOST or len(names) > len(feature) / 10:
        return False
    # Each name predicts its most frequent class: the best that a rule of this feature alone can do.
    table = np.zeros((len(names), len(classes)))
    np.add.at(table, (places, outcome), 1)
    return bool(table.max(axis=1).sum() >= NEARLY * len(feature))


def _separation(numbers: Floats, first: np.ndarray) -> float:
    """Return the area under the ROC curve of a number, whichever direction it points (Mann and Whitney 1947)."""
    finite = np.isfinite(numbers)
    numbers, first = numbers[finite], first[finite]
    n, m = int(first.sum()), int((~first).sum())
    if n == 0 or m == 0:
        return 0.0
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    area = (float(ranks[first].sum()) - n * (n + 1) / 2) / (n * m)
    return max(area, 1 - area)


def _correlation(numbers: Floats, outcomes: Floats) -> float:
    finite = np.isfinite(numbers) & np.isfinite(outcomes)
    own, other = numbers[finite], outcomes[finite]
    if len(own) < 3 or own.std() == 0 or other.std() == 0:
        return 0.0
    return float(abs(np.corrcoef(own, other)[0, 1]))


def doubts_about_classes(samples: LearningSamples, reference: Reference) -> Iterator[tuple[str, str]]:
    """Yield which of predictions, scores and outcomes have no class name in common."""
    if reference.task == "regression":
        return
    rows = np.arange(samples.batch.size)
    named = {
        "predictions": _names(samples.batch.prediction, rows),
        "scores": [column.name for column in reference.of_group("score")],
        "outcomes": _names(samples.outcome, rows),
    }
    known = {kind: names for kind, names in named.items() if 0 < len(names) <= CLASSES_AT_MOST}
    kinds = list(known)
    for place, one in enumerate(kinds):
        for other in kinds[place + 1 :]:
            if not _same(known[one]) & _same(known[other]):
                yield "", CLASSES_DIFFER.format(one, _listed(known[one]), other, _listed(known[other]))


def _names(column: Column | None, rows: Cells) -> list[str]:
    return [] if column is None else sorted(coded(column_rows(column, rows))[1])


def _same(names: Sequence[str]) -> set[str]:
    """Return names with booleans as 1 and 0, which everyone means by them."""
    return {BOOLEANS.get(name, name) for name in names}


def _listed(names: Sequence[str]) -> str:
    more = " …" if len(names) > CLASSES_SHOWN else ""
    return ", ".join(f"“{name}”" for name in names[:CLASSES_SHOWN]) + more
