"""Monitor: one model's live state and its only lock: add(batch, wall), join(outcomes, wall), view(wall)."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..arrays import Floats
from ..config.schema import LimitsConfig, ModelConfig, Window
from ..errors import ReferenceFault
from ..failures import Failures
from ..reference.derived.derivation import Derivation
from ..reference.grid import Located
from ..reference.reference import Reference
from ..samples.batch import POSITIVE, Batch, ModelKey, OutcomeBatch
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ..windows.clock import EventClock
from ..windows.ring import same_slot
from .archive import Archive
from .broken_down import sliced_window
from .claiming import OutcomeClaiming
from .decisions import Decisions
from .detectors import Detectors
from .first_samples import FirstSamples, features_of, reference_of
from .histograms import Counted, Histograms
from .joining import OutcomeJoining, Resolved
from .llm import LlmTraffic
from .memory import ModelMemory
from .performance import Performance, no_outcomes
from .process import ProcessWatch
from .realised import performance_of
from .slices import SlicedTraffic
from .traffic import Traffic
from .view import ModelView, WindowView

log = logging.getLogger(__name__)
# Senders choose these names; beyond this many the page would not list them anyway.
UNKNOWN_FEATURES_NAMED = 100


class Monitor:
    """One version and variant of one model.

    Parameters
    ----------
    key : ModelKey
        Complete: every part is set.
    reference : Reference or None
        If None, it is learned from the first samples, then frozen and passed to `on_learned`.
    source : str
        Where the reference comes from: a file, or learned in an earlier run.
    """

    BUILT = ("_archive", "_changes", "_last_view", "_max_features", "_memory", "config", "key", "windows")

    def __init__(
        self,
        key: ModelKey,
        config: ModelConfig,
        windows: tuple[Window, ...],
        reference: Reference | None = None,
        source: str = "file",
        on_learned: Callable[[ModelKey, Reference], None] | None = None,
        max_features: int = LimitsConfig.features,
        failures: Failures | None = None,
        clock: EventClock | None = None,
        memory: ModelMemory | None = None,
        archive: Archive | None = None,
    ) -> None:
        self.key = key
        self._archive = archive
        self.config = config
        self.windows = windows
        self._on_learned = on_learned
        self._max_features = max_features
        self._failures = failures or Failures()
        self._features_left_out = 0
        self._lock = threading.Lock()
        self._changes = 0
        self._last_view: tuple[int, ModelView] | None = None
        """The last view, and how many changes preceded it."""
        self._clock = clock or EventClock()
        self._traffic = Traffic(config.slo, windows)
        self._llm: LlmTraffic | None = None
        self._decisions = Decisions(config) if config.actions or config.guardrails else None
        self._process = ProcessWatch(config.process)
        # Of its own: reading /proc of a server with many children takes milliseconds, which samples must not wait for.
        self._process_lock = threading.Lock()
        self._performance: Performance | None = None
        self._unknown_features: dict[str, None] = {}
        self._memory = memory or ModelMemory.of(LimitsConfig())
        self._first = FirstSamples(config.learning.samples, self._memory.learning)
        self._source = source if reference else "learning"
        self.reference = reference
        self._histograms: Histograms | None = None
        self._derivation = Derivation({})
        self._detectors: Detectors | None = None
        self._sliced: SlicedTraffic | None = None
        if reference:
            self._watch(reference)

    def _watch(self, reference: Reference) -> None:
        """Start comparing samples with a reference."""
        histograms = Histograms(reference, self.config, self.windows)
        self._derivation = Derivation(reference.derived)
        self._sliced = SlicedTraffic(self.config, reference, self.windows) if self.config.slices else None
        self._detectors = Detectors(histograms.grid, self.config, self.windows, self._failures, self.key)
        self._histograms = histograms  # last: `add` reads it without the lock

    def allow_lead(self, seconds: float) -> None:
        """Change how far ahead of its arrival an event may be."""
        self._clock.lead_seconds = seconds

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep the state from changing."""
        with ExitStack() as locks:
            locks.enter_context(self._lock)
            if self._histograms is not None:
                # Always after the monitor's lock; nothing takes them in the other order.
                locks.enter_context(self._histograms.look_lock)
            yield

    def reclaim_memory(self) -> None:
        """Take the shared memory that restored state holds."""
        self._first.reclaim()
        if self._performance is not None:
            self._performance.reclaim()

    def fits(self, config: ModelConfig, windows: tuple[Window, ...], reference: Reference | None) -> bool:
        """Return whether this state suits a configuration; a learned reference suits one without a reference."""
        same = reference is None and self._source != "file"
        if reference is not None and self.reference is not None:
            same = reference.checksum == self.reference.checksum  # traits may differ for equal buckets
        return same and config == self.config and windows == self.windows

    def add(self, batch: Batch, wall: float) -> list[str]:
        """Add a batch that arrived at a wall time; returns the ids that can now be joined to outcomes."""
        if batch.size == 0:
            return []
        batch = self.named(batch)
        # The arrival in event time: detectors compare the two clocks.
        content = replace(batch.with_content(), arrived=self._clock.arrival(wall), llm={})
        # Locating cells is most of the work and needs no lock: a grid never changes.
        ready = self._prepare(content) if self._histograms and content.size else None
        with self._lock:
            self._changes += 1
            # Inside the lock: the clock moves with the newest sample, and all parts have to see the same now.
            times = self._clock.place(batch.times, wall)
            now = self._clock.now(wall)
            self._traffic.add(batch, times, now, wall)
            if self._archive is not None:
                self._archive.keep(self.key, batch, times)
            if batch.llm:
                self._llm = self._llm or LlmTraffic(self.config.llm)
                self._llm.add(batch.llm, batch.size)
            if self._decisions is not None or content.action is not None:
                self._decisions = self._decisions or Decisions(self.config)
                self._decisions.add(content)
            if content.size == 0:
                return []
            if batch.blank is not None:
                times = times[~batch.blank]
            if self._histograms is None:
                return self._learn(content, times)
            self._note_unknown_features(content)
            # Not ready if the reference was learned since, by a batch in another thread.
            located, prepared = ready or self._prepare(content)
            self._histograms.add(located, times, now)
            assert self._detectors is not None
            self._detectors.add(prepared, times, now)
            if self._sliced is not None:
                with self._failures.contained("slices", "traffic", self.key):
                    self._sliced.add(content, times, now)
            return self._remember(content, times)

    def time(self, wall: float) -> float:
        """Return the event time at a wall time."""
        with self._lock:
            return self._clock.now(wall)

    def _prepare(self, batch: Batch) -> tuple[Located, dict[str, Any]]:
        """Return a batch located on the grid, and the detectors' input."""
        assert self._histograms is not None and self._detectors is not None
        batch = self._derivation.apply(batch)
        located = self._histograms.grid.locate(batch)
        return located, self._detectors.prepare(batch, located)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of features by position; empty if neither the reference nor the configuration has them.

        A reference that was learned under configured names has them in the order of the samples, not of positions.
        """
        if self.reference is None:
            return self.config.feature_names
        known = tuple(column.name for column in self.reference.of_group("feature"))
        return self.config.feature_names if set(self.config.feature_names) == set(known) else known

    def named(self, batch: Batch) -> Batch:
        """Name a score sent as a bare number after the only class with scores in the reference."""
        if POSITIVE not in batch.scores or self.reference is None:
            return batch
        names = [column.name for column in self.reference.of_group("score")]
        if len(names) != 1:
            return batch
        return replace(batch, scores={names[0]: batch.scores[POSITIVE]})

    def _learn(self, batch: Batch, times: Floats) -> list[str]:
        # Under the lock, since this happens once: samples wait for the reference rather than miss it.
        if not self._first.add(batch, times):
            return []
        learning = self._first.take()
        names, self._features_left_out = features_of([batch for batch, _ in learning], self._max_features)
        try:
            self.reference = reference_of(learning, names, self.key, self.config, self._failures)
        except ReferenceFault as fault:
            log.warning("%s: learning starts again: %s", "/".join(self.key), fault)
            return []
        self._watch(self.reference)
        self._source = "learned"
        log.info(
            "%s: reference %s learned from the first %d samples and frozen: %d features",
            "/".join(self.key), self.reference.version, self.reference.rows, len(self.reference.of_group("feature")),
        )  # fmt: skip
        # The samples that the reference was learned from have outcomes too.
        remembered = [name for learned, when in learning for name in self._remember(self.named(learned), when)]
        if self._on_learned:
            self._on_learned(self.key, self.reference)
        return remembered

    def _note_unknown_features(self, batch: Batch) -> None:
        assert self._histograms is not None
        known = self._histograms.grid.feature_names | self._derivation.sources
        for name in batch.features.keys() - known:
            if len(self._unknown_features) < UNKNOWN_FEATURES_NAMED:
                self._unknown_features[name[:LABEL_LENGTH_AT_MOST]] = None

    def _remember(self, batch: Batch, times: Floats) -> list[str]:
        if batch.ids is None or (batch.prediction is None and not batch.scores):
            return []
        if self._performance is None:
            self._performance = self._performance_for(batch)
        return self._performance.remember(batch, times, kept_seconds=self._archive.retention if self._archive else None)

    def _performance_for(self, batch: Batch, config: ModelConfig | None = None) -> Performance:
        grid, config = self._histograms.grid if self._histograms else None, config or self.config
        return performance_of(config, self.windows, self.reference, grid, batch, self._memory.predictions)

    def follow_performance(self, task: Literal["classification", "regression"]) -> None:
        """Begin to follow performance before any prediction has come, for state to be put back into it."""
        nothing = Batch(0, self.key, np.empty(0))
        self._performance = self._performance_for(nothing, replace(self.config, task=task))
        self._performance.release()  # the memory that its state holds is reclaimed

    @property
    def learned(self) -> bool:
        """Whether the model has a reference."""
        return self.reference is not None

    @property
    def has_learned(self) -> bool:
        """Whether its reference was learned from samples, or will be."""
        return self._source != "file"

    @property
    def learning_dropped(self) -> int:
        """Samples dropped from learning for lack of memory."""
        return self._first.dropped

    def release(self) -> None:
        """Return shared memory; this model is no longer watched."""
        with self._lock:
            self._first.take()
            if self._performance is not None:
                self._performance.release()

    def deployed(self, at: float, wall: float) -> None:
        """Start the warm-up after a deployment at an event time: no verdicts for a while."""
        with self._lock:
            self._changes += 1
            if self._histograms is not None:
                # A deployment announced for the future begins now: its samples may come before its clock does.
                self._histograms.deployed(min(at, self._clock.now(wall)))

    def join(self, batch: OutcomeBatch, wall: float, *, in_store: bool = True) -> Resolved:
        """Join outcomes; returns what became of each.

        Predictions that memory has forgotten are looked up in the evaluation store, unless `in_store` is False.
        """
        if self._archive is not None and self._archive.is_shared:
            claiming = OutcomeClaiming(self.key, self._archive, batch, self.time(wall))
            return claiming.run(self._lock, self._performance_with, wall) if in_store else claiming.resolved
        with self._lock:
            if self._performance is None:
                return Resolved.nothing(len(batch.ids))
            self._changes += 1
            joining = OutcomeJoining(self.key, self._performance, self._archive, batch, self._clock.now(wall))
            joining.join_remembered()
        if in_store:
            found = joining.look_up()  # without the lock: scrapes do not wait for the disk
            if found is not None:
                with self._lock:
                    self._changes += 1
                    joining.join_stored(found, self._clock.now(wall))
        if joining.found.any():
            with self._lock:
                self._changes += 1
                self._performance.last_outcome = wall
        return joining.resolved

    def _performance_with(self, found: Batch | None) -> Performance | None:
        self._changes += 1
        if self._performance is None and found is not None:  # the predictions went to another replica
            self._performance = self._performance_for(found)
        return self._performance

    def view(self, wall: float) -> ModelView:
        """Return a consistent view for a scrape; without changes it is the last one, at another time."""
        with self._process_lock:
            process = self._process.read()
        with self._lock:
            now, changes = self._clock.now(wall), self._changes
            last = self._still_valid(now)
            if last is not None:
                return replace(last, now=now, process=process)
            histograms, performance = self._histograms, self._performance
            counted = {window.name: histograms.counted(window.name, now) for window in self.windows if histograms}
            view = ModelView(
                key=self.key,
                config=self.config,
                now=now,
                windows=tuple(self._window_view(window, now) for window in self.windows),
                traffic=self._traffic.view(),
                llm=self._llm.view() if self._llm else None,
                decisions=self._decisions.view() if self._decisions else None,
                performance=performance.view(now) if performance else no_outcomes(),
                ahead_samples=self._clock.ahead,
                reference=self.reference,
                reference_source=self._source,
                learned_samples=self._first.number,
                grid=histograms.grid if histograms else None,
                measuring=histograms.measuring if histograms else None,
                bucket_counts=histograms.grid.fold(histograms.cells) if histograms else None,
                unknown_features=tuple(self._unknown_features),
                folded_label_values=self._folded(),
                process=process,
                parts=self._detectors.view(now) if self._detectors else {},
            )
        if histograms is not None:
            # Comparing and judging take time, and samples should not wait.
            windows = tuple(self._compared(window, histograms, counted[window.name], now) for window in view.windows)
            view = replace(view, windows=windows, budget=histograms.budget)
        # Without the lock: the number of changes was read under it, so a view that became stale meanwhile is not used.
        self._last_view = changes, view
        return view

    def _still_valid(self, now: float) -> ModelView | None:
        """Return the last view if neither samples nor the time that passed since have changed it."""
        if self._last_view is None:
            return None
        changes, view = self._last_view
        if changes != self._changes or not all(same_slot(each, view.now, now) for each in self._ring_seconds()):
            return None
        if self._histograms is not None and self._detectors is not None:
            # A fault may be gone the next time, so a view with one is not kept.
            failed = any(window.failed for window in view.windows) or len(view.parts) < len(self._detectors)
            if failed or self._histograms.is_due(view.now, now) or self._detectors.is_due(now):
                return None
        return view

    def _ring_seconds(self) -> list[float]:
        """Return the lengths of all windows that forget."""
        # The rolling baseline forgets too, even where it is not configured: one comparison more costs nothing.
        return [*(window.seconds for window in self.windows), self.config.drift.rolling]

    def _compared(self, window: WindowView, histograms: Histograms, counted: Counted, now: float) -> WindowView:
        """Return a window with histograms and verdict; after a fault it still has traffic and performance."""
        with self._failures.contained("drift", window.name, self.key):
            return replace(window, histograms=histograms.view_of(window.name, counted, now))
        return replace(window, failed=True)

    def _folded(self) -> int:
        classes = self._performance.folded if self._performance else 0
        decisions = self._decisions.folded if self._decisions else 0
        return self._traffic.folded + decisions + classes + self._features_left_out

    def _window_view(self, window: Window, now: float) -> WindowView:
        samples, errors, latency_counts = self._traffic.window(window.name, now)
        outcomes, totals = self._performance.window(window.name, now) if self._performance else (0, None)
        matured, by_prediction = self._performance.matured(window.name, now) if self._performance else (0, None)
        slices, components = sliced_window(self._sliced, self._performance, window.name, now)
        return WindowView(
            window.name, window.seconds, samples, errors, latency_counts, None, outcomes, totals, matured,
            by_prediction, slices, components,
        )  # fmt: skip
