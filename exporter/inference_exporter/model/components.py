"""Performance of each component of an ensemble, or stage of a pipeline."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..arrays import Counts, Floats
from ..measures.performance import ClassificationTotals, RegressionTotals
from ..reference.buckets import CategoricalBuckets
from ..reference.reference import ColumnReference, Reference
from ..samples.batch import Batch
from ..values.classes import OTHER_CLASS
from ..values.coded import coded
from ..values.numbers import as_numbers
from .performance_totals import Accumulator, ClassificationAccumulator, RegressionAccumulator
from .settling import Joined

# Each keeps a confusion matrix and ranks of scores in every slot of every window.
COMPONENTS_AT_MOST = 8
# The standard error of a correlation is about 1 / sqrt(n): with fewer rows chance alone looks like a match.
ROWS_TO_MATCH = 30
HALF = 0.5
Totals = ClassificationTotals | RegressionTotals


class _Match:
    """The class whose score a component's output follows: the one with the greatest correlation."""

    def __init__(self, n_classes: int) -> None:
        self._n = 0.0
        self._sums: Floats = np.zeros((5, n_classes))  # of output, its square, score, its square, product
        self.found = -1

    def add(self, output: Floats, scores: Floats) -> None:
        """Add outputs, shape (n,), and the scores of all classes, shape (n, n_classes)."""
        x = output[:, np.newaxis]
        known = np.isfinite(x) & ~np.isnan(scores)
        x, y = np.where(known, x, 0.0), np.where(known, scores, 0.0)
        self._sums += np.stack([part.sum(axis=0) for part in (x, x * x, y, y * y, x * y)])
        self._n += float(known.any(axis=1).sum())
        if self._n >= ROWS_TO_MATCH:
            # Pearson's correlation from running sums, so that no rows have to be kept until there are enough.
            x1, x2, y1, y2, xy = self._sums / self._n
            with np.errstate(divide="ignore", invalid="ignore"):
                correlation = np.nan_to_num((xy - x1 * y1) / np.sqrt((x2 - x1**2) * (y2 - y1**2)), posinf=0, neginf=0)
            self.found = int(correlation.argmax()) if correlation.max() > 0 else -1


class Component:
    """One component. A number is a score of the class that it follows, or a predicted number; a text is a vote."""

    def __init__(self, column: ColumnReference, whole: Accumulator) -> None:
        self.name = column.name
        self._votes = not column.numeric
        self._match: _Match | None = None
        self.accumulator: Accumulator
        if not isinstance(whole, ClassificationAccumulator):
            self.accumulator = RegressionAccumulator()
        elif self._votes:
            self.accumulator = ClassificationAccumulator(whole.classes.names)
        else:
            self.accumulator = ClassificationAccumulator(["class"], capacity=2)  # its name is found later
            self.accumulator.classes.index_of(OTHER_CLASS)
            # Two classes, the one that it scores and the rest: a component's score says nothing about the others.
            self._match = _Match(whole.n_scores)

    def encode(self, batch: Batch, whole: Accumulator) -> Floats:
        """Return the output of each sample; NaN while the class that it follows is unknown."""
        column = batch.intermediate.get(self.name)
        if column is None:
            return np.full(batch.size, np.nan)
        if self._votes and isinstance(whole, ClassificationAccumulator):
            codes, texts = coded(column)
            known = {name: place for place, name in enumerate(whole.classes.names)}
            # Code -1, a missing value, selects the NaN at the end.
            return np.array([*(known.get(text, np.nan) for text in texts), np.nan])[codes]
        numbers = as_numbers(column)
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        if self._match is not None and self._match.found < 0:
            self._match.add(numbers, _scores(batch, whole))
        return numbers if self._match is None or self._match.found >= 0 else np.full(batch.size, np.nan)

    def add_up(self, joined: Joined, outputs: Floats) -> tuple[Counts, Floats]:
        """Return the counts and sums of joined rows."""
        known = ~np.isnan(outputs)
        output, outcome = outputs[known], joined.outcome[known]
        if self._match is None:
            scores = np.full((len(output), self.accumulator.n_scores), np.nan)
            return self.accumulator.add_up(output, outcome, scores)
        # Index 0 is the class that the output scores, 1 the rest.
        rest = (outcome != self._match.found).astype(np.float64)
        scores = np.stack([output, np.full(len(output), np.nan)], axis=1)
        # Only probabilities have a threshold at one half; a margin or log-odds ranks, but chooses no class.
        chosen = np.where((output >= 0) & (output <= 1), (output < HALF).astype(np.float64), np.nan)
        return self.accumulator.add_up(chosen, rest, scores)

    def named(self, totals: Totals, whole: Accumulator) -> Totals:
        """Return totals with the class that a score belongs to."""
        if self._match is None or not isinstance(totals, ClassificationTotals):
            return totals
        names = whole.classes.names if isinstance(whole, ClassificationAccumulator) else ()
        name = names[self._match.found] if 0 <= self._match.found < len(names) else "class"
        scores = {name: each for each in list(totals.scores.values())[:1]}  # noqa: B035 - one at most
        return replace(totals, classes=(name, OTHER_CLASS), scores=scores)


def _scores(batch: Batch, whole: Accumulator) -> Floats:
    """Return the scores of each class, or else 1 for the predicted one."""
    if batch.scores or batch.prediction is None:
        return whole.encode_scores(batch.scores, batch.size)
    predicted = whole.encode_predictions(batch.prediction)
    hits: Floats = (predicted[:, np.newaxis] == np.arange(whole.n_scores)).astype(np.float64)
    return hits


class ComponentBreakdown:
    """All components of a model."""

    key = "components"

    def __init__(self, reference: Reference, whole: Accumulator) -> None:
        columns = [column for column in reference.of_group("intermediate") if _measurable(column, whole)]
        self._whole = whole
        self._components = [Component(column, whole) for column in columns[:COMPONENTS_AT_MOST]]
        self.width = len(self._components)
        self.n_counts = sum(each.accumulator.n_counts for each in self._components)
        self.n_sums = sum(each.accumulator.n_sums for each in self._components)

    def encode(self, batch: Batch) -> Floats:
        """Return the output of each component."""
        return np.stack([each.encode(batch, self._whole) for each in self._components], axis=1)

    def add_up(self, joined: Joined, columns: Floats) -> tuple[Counts, Floats]:
        """Return the counts and sums of all components, one after another."""
        parts = [each.add_up(joined, columns[:, place]) for place, each in enumerate(self._components)]
        counts, sums = zip(*parts, strict=True)
        return np.concatenate(counts), np.concatenate(sums)

    def view(self, counts: Counts, sums: Floats) -> Mapping[str, Totals]:
        """Return the totals of each component."""
        found, at, start = {}, 0, 0
        for each in self._components:
            own = each.accumulator
            totals = own.totals(counts[at : at + own.n_counts], sums[start : start + own.n_sums])
            found[each.name] = each.named(totals, self._whole)
            at, start = at + own.n_counts, start + own.n_sums
        return found


def _measurable(column: ColumnReference, whole: Accumulator) -> bool:
    if column.numeric:
        return True
    if not isinstance(whole, ClassificationAccumulator) or not isinstance(column.buckets, CategoricalBuckets):
        return False
    # Votes for classes that the model does not have are not votes but some other text.
    return set(column.buckets.categories) <= set(whole.classes.names)
