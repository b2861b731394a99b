"""Champions and challengers of one model, compared on the requests that both answered. Guarded by a lock of its own."""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..config.schema import ModelConfig, Window
from ..reference.reference import Reference
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from .comparison import Comparison
from .performance import accumulator_of
from .view import ModelView

log = logging.getLogger(__name__)
# Each has a ring of `challenger.remember` pairs and counts for all windows.
COMPARISONS_AT_MOST = 10
CHAMPION = "champion"
Both = tuple[ModelKey, ModelKey]


class Challengers:
    """The comparisons, by champion and challenger; a model with one variant has none and pays nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._comparisons: dict[Both, Comparison] = {}

    def add(
        self, key: ModelKey, batch: Batch, others: Collection[ModelKey], config: ModelConfig,
        reference: Reference | None, windows: Sequence[Window], now: float,
    ) -> None:  # fmt: skip
        """Pair the predictions of one model with those of its counterparts among `others`."""
        # Samples without content, such as failed requests, have no prediction to compare.
        content = batch.with_content()
        if content.ids is None or (content.prediction is None and not content.scores):
            return
        side = int(key.variant != CHAMPION)
        for other in _counterparts(key, others):
            both = (other, key) if side else (key, other)
            with self._lock:
                comparison = self._comparison(both, others, config, reference, windows, content)
                if comparison is not None:
                    comparison.follow(config.challenger)
                    comparison.add(side, content, now)

    def _comparison(
        self, both: Both, watched: Collection[ModelKey], config: ModelConfig, reference: Reference | None,
        windows: Sequence[Window], batch: Batch,
    ) -> Comparison | None:  # fmt: skip
        found = self._comparisons.get(both)
        if found is None and self._has_room(watched):
            accumulator = accumulator_of(config, reference, batch)
            found = Comparison(both[0], config.challenger, windows, accumulator, _spread_of(reference))
            self._comparisons[both] = found
        return found

    def _has_room(self, watched: Collection[ModelKey]) -> bool:
        if len(self._comparisons) < COMPARISONS_AT_MOST:
            return True
        # Room is made only by comparisons whose model is no longer watched, never by a running one.
        for both in [both for both in self._comparisons if not set(both) <= set(watched)]:
            del self._comparisons[both]
        return len(self._comparisons) < COMPARISONS_AT_MOST

    def join(self, batch: OutcomeBatch, now: float) -> None:
        """Add outcomes to the comparisons that they may concern."""
        # A copy of the items: another thread may begin a comparison. The lock is taken only where there is work.
        for both, comparison in list(self._comparisons.items()):
            if any(all(part in ("", own) for part, own in zip(batch.key, key, strict=True)) for key in both):
                with self._lock:
                    comparison.join(batch.ids, batch.values, now)

    def __bool__(self) -> bool:
        """Return whether there are any comparisons."""
        return bool(self._comparisons)

    def attached(self, views: Sequence[ModelView]) -> Iterator[ModelView]:
        """Yield the views, those of challengers with their comparison: of several, the one with the last pair."""
        for view in views:
            with self._lock:
                own = [comparison for (_, key), comparison in self._comparisons.items() if key == view.key]
                last = max(own, key=lambda comparison: comparison.last_pair, default=None)
                # `replace` keeps the view's state object: a comparison alone does not make the model's lines stale.
                yield replace(view, comparison=last.view(view.now)) if last is not None and last.has_pairs else view


def _counterparts(key: ModelKey, others: Collection[ModelKey]) -> list[ModelKey]:
    """Return the champions of a challenger, or the challengers of a champion."""
    wanted = key.variant != CHAMPION
    return [each for each in others if each.model == key.model and (each.variant == CHAMPION) == wanted]


def _spread_of(reference: Reference | None) -> float:
    predictions = reference.of_group("prediction") if reference else []
    return predictions[0].stddev if predictions and predictions[0].numeric else float(np.nan)
