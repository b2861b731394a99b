"""Fleet: the monitors of all models, versions and variants; finds the one that a batch belongs to."""

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from ..config.schema import Config, LimitsConfig, ModelConfig
from ..failures import Failures
from ..reference.reference import Reference
from ..reference.reference import load as load_reference
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from ..samples.events import Event
from ..samples.rejections import Rejections
from ..windows.clock import EventClock
from .archive import Archive
from .challengers import Challengers
from .claiming import unwatched
from .joining import Resolved
from .memory import ModelMemory
from .monitor import Monitor
from .outcomes import PendingOutcomes
from .view import ModelView

log = logging.getLogger(__name__)
DEFAULTS = ModelConfig()
# Longer than the pauses of a model with some traffic, shorter than anyone waits for a new one to appear.
IDLE_SECONDS = 300.0
LOOKED_UP_AT_ONCE = 10_000
"""Outcomes of a retry, during which intake waits."""


class Fleet:
    """All monitors.

    Parameters
    ----------
    config : Config
    references : mapping of ModelKey to Reference
        Of the configured models, read beforehand, so that a broken file fails the start and not a request.
    remembered : callable
        Returns the reference learned in an earlier run, if one was stored.
    on_learned : callable
        Called with each learned reference.
    """

    BUILT = ("_archive", "_config", "_configured", "_memory", "_monitors", "_relearned", "broken")

    def __init__(
        self,
        config: Config,
        references: Mapping[ModelKey, Reference],
        remembered: Callable[[ModelKey], Reference | None] = lambda key: None,
        on_learned: Callable[[ModelKey, Reference], None] | None = None,
        failures: Failures | None = None,
        clock: Callable[[LimitsConfig], EventClock] | None = None,
        archive: Archive | None = None,
    ) -> None:
        self._archive = archive
        self._lock = threading.Lock()
        # Taken before `_lock`, never inside it.
        self._reconfiguring = threading.Lock()
        self._failures = failures or Failures()
        self._new_clock = clock or _live_clock
        self.broken: tuple[ModelKey, ...] = ()
        """The models whose last views failed."""
        self._remembered = remembered
        self._on_learned = on_learned
        self._config = config
        self._memory = ModelMemory.of(config.limits)
        self._pending = PendingOutcomes(config.limits.pending_outcomes, config.limits.early_outcomes_memory)
        # Of its own: outcomes wait and leave with every batch, monitors change rarely.
        self._pending_lock = threading.Lock()
        self._monitors: dict[ModelKey, Monitor] = {}
        self._configured: frozenset[ModelKey] = frozenset()
        self._challengers = Challengers()
        self._used: dict[ModelKey, float] = {}
        self._relearned: frozenset[ModelKey] = frozenset()
        self.evicted_models = 0
        self._learning_dropped = 0
        self.reconfigure(config, references)

    def reconfigure(self, config: Config, references: Mapping[ModelKey, Reference]) -> None:
        """Apply a configuration, completely or not at all. Unchanged models keep their state."""
        configured = {key_of(model): model for model in config.models}
        with self._reconfiguring:
            # Creating monitors takes time; neither samples nor scrapes wait for it.
            made = {key: self._kept_or_new(config, key, of, references.get(key)) for key, of in configured.items()}
            # Monitors of traffic may have come while the others were made; now nobody can add one.
            with self._lock:
                # Models that only traffic named; their settings may come from a configured model of the same name.
                for key in sorted(self._monitors.keys() - configured.keys()):
                    made[key] = self._kept_or_new(config, key, _config_for(config, key), None)
                for key, monitor in list(self._monitors.items()):
                    if made[key] is not monitor:
                        self._let_go(key)
                self._config, self._configured, self._monitors = config, frozenset(configured), made

    @property
    def configured_models(self) -> int:
        """Number of models in the current configuration."""
        return len(self._config.models)

    def _kept_or_new(self, config: Config, key: ModelKey, model: ModelConfig, reference: Reference | None) -> Monitor:
        present = self._monitors.get(key)
        if present is not None and present.fits(model, config.windows, reference):
            present.allow_lead(config.limits.event_time_lead)
            return present
        return self._new_monitor(config, key, model, reference)

    @property
    def monitors(self) -> list[Monitor]:
        """The monitors, by name, version and variant."""
        with self._lock:
            return [self._monitors[key] for key in sorted(self._monitors)]

    @property
    def memory(self) -> ModelMemory:
        """The memory that all models share."""
        return self._memory

    def relearn(self, keys: frozenset[ModelKey]) -> None:
        """Ignore the references that some models learned earlier: a replay will learn them again."""
        self._relearned = keys
        for key in keys & self._monitors.keys():
            self.rebuilt(key, learned=False)

    def rebuilt(self, key: ModelKey, *, learned: bool) -> Monitor:
        """Return the monitor of a model, new and without state.

        Without `learned` it has no reference from an earlier run, only one that is configured.
        """
        with self._lock:
            present = self._monitors.get(key)
            reference = present.reference if present and not present.has_learned else None
            model = present.config if present else _config_for(self._config, key)
            self._let_go(key)
            monitor = self._new_monitor(self._config, key, model, reference, learned=learned)
            self._monitors[key] = monitor
            return monitor

    def _new_monitor(
        self, config: Config, key: ModelKey, model: ModelConfig, reference: Reference | None, *, learned: bool = True
    ) -> Monitor:
        source = "file"
        if reference is None:
            source = "learned"
            reference = self._remembered(key) if learned and key not in self._relearned else None
        return Monitor(
            key, model, config.windows, reference, source, self._on_learned, config.limits.features, self._failures,
            self._new_clock(config.limits),
            self._memory,
            self._archive,
        )  # fmt: skip

    def complete(self, key: ModelKey) -> ModelKey:
        """Fill in fields that a sender left out, if the configuration leaves no doubt."""
        models = self._config.models
        name = key.model or _only({model.name for model in models}) or DEFAULTS.name
        version = key.version or _only({m.version for m in models if m.name == name}) or DEFAULTS.version
        variants: set[str] = {m.variant for m in models if (m.name, m.version) == (name, version)}
        return ModelKey(name, version, key.variant or _only(variants) or DEFAULTS.variant)

    def feature_names(self, model: str, version: str, variant: str) -> tuple[str, ...]:
        """Return the names of a model's features by position; empty if they are unknown."""
        key = self.complete(ModelKey(model, version, variant))
        monitor = self._monitors.get(key)
        return monitor.feature_names if monitor is not None else _config_for(self._config, key).feature_names

    def is_watched(self, key: ModelKey) -> bool:
        """Return whether a model, as a sender names it, has a monitor already."""
        return self.complete(key) in self._monitors

    def add(self, batch: Batch, wall: float) -> str | None:
        """Add a batch; returns the reason under which it is counted if it is rejected."""
        key = self.complete(batch.key)
        monitor = self._monitor(key, wall)
        if monitor is None:
            return "too_many_models"
        self._used[key] = wall
        if self._archive is not None:
            # Before anything is counted: a sender that has to wait has changed nothing yet.
            self._archive.store.wait_for_room()
        remembered = monitor.add(batch, wall)
        if batch.ids is not None and len(self._monitors) > 1:
            self._pair(monitor, batch, wall)
        if remembered and len(self._pending):
            self._join_pending(monitor, key, remembered, wall)
        return None

    def _pair(self, monitor: Monitor, batch: Batch, wall: float) -> None:
        """Compare champions and challengers on the requests that both answered."""
        others = {key for key in list(self._monitors) if key.model == monitor.key.model}
        if len({key.variant for key in others}) > 1:
            with self._failures.contained("challengers", "pairs", monitor.key):
                self._challengers.add(
                    monitor.key, monitor.named(batch), others, monitor.config, monitor.reference,
                    self._config.windows, monitor.time(wall),
                )  # fmt: skip

    def _join_pending(self, monitor: Monitor, key: ModelKey, ids: Sequence[str], wall: float) -> None:
        with self._pending_lock:
            waiting = self._pending.take(key, ids)
        if waiting:
            names, values, times = zip(*waiting, strict=True)
            lost = len(names)
            with self._failures.contained("outcomes", "join", key):
                early = OutcomeBatch(key, names, values, np.array(times))
                resolved = monitor.join(early, wall)
                self._challengers.join(early, monitor.time(wall))
                lost = int(np.count_nonzero(resolved.wrong))
                again = np.flatnonzero(resolved.unanswered & ~resolved.found).tolist()
                with self._pending_lock:
                    self._pending.put_all(early.rows(again), [True] * len(again))
            # Their senders already have an answer: outcomes of another kind than the prediction can only be counted.
            with self._pending_lock:
                self._pending.dropped += lost

    def _monitor(self, key: ModelKey, wall: float) -> Monitor | None:
        monitor = self._monitors.get(key)
        if monitor is not None:
            return monitor
        with self._lock:
            if key not in self._monitors:
                if not self._has_room(wall):
                    return None
                log.debug("%s: first sample of a model that is not configured", "/".join(key))
                self._monitors[key] = self._new_monitor(self._config, key, _config_for(self._config, key), None)
                self._used[key] = wall
            return self._monitors[key]

    def _has_room(self, wall: float) -> bool:
        """Return whether one more unconfigured model may be watched; the idlest of them makes room.

        One with a reference makes room only once it is idle: a flood of names must not push it out.
        """
        if len(self._monitors) - len(self._configured) < self._config.limits.models:
            return True
        idlest, since = None, math.inf
        for key, monitor in self._monitors.items():
            used = self._used.get(key, -math.inf)
            if used < since and key not in self._configured and (used <= wall - IDLE_SECONDS or not monitor.learned):
                idlest, since = key, used
        if idlest is None:
            return False
        self._let_go(idlest)
        self.evicted_models += 1
        if self.evicted_models == 1:
            log.warning("%s: no longer watched: more than limits.models (counted from here on)", "/".join(idlest))
        return True

    def _let_go(self, key: ModelKey) -> None:
        monitor = self._monitors.pop(key, None)
        self._used.pop(key, None)
        if monitor is not None:
            self._learning_dropped += monitor.learning_dropped
            monitor.release()

    @property
    def learning_samples_dropped(self) -> int:
        """Samples dropped from learning for lack of memory."""
        with self._lock:
            return self._learning_dropped + sum(monitor.learning_dropped for monitor in self._monitors.values())

    def join(self, batch: OutcomeBatch, wall: float) -> Rejections:
        """Join outcomes with a known id; keep the others until their prediction arrives. Returns the wrong ones."""
        found, wrong, unanswered = self._join_now(batch, wall)
        if self._challengers:
            self._judge(batch, wall)
        early = np.flatnonzero(~found & ~wrong)
        if len(early):
            self._keep(batch.rows(early.tolist()), wall, unanswered[early])
        message = "outcome: expected a number, like the predictions, got something else"
        rejected = Rejections()
        rejected.add_all(np.flatnonzero(wrong).tolist(), message, "wrong_kind")
        return rejected

    def _judge(self, batch: OutcomeBatch, wall: float) -> None:
        for key, monitor in list(self._monitors.items()):
            if all(part in ("", own) for part, own in zip(batch.key, key, strict=True)):
                with self._failures.contained("challengers", "outcomes", key):
                    self._challengers.join(batch, monitor.time(wall))
                return

    def _join_now(self, batch: OutcomeBatch, wall: float, *, in_store: bool = True) -> Resolved:
        """Return which outcomes found a prediction, and which are of the wrong kind for all models in question."""
        results = []
        if in_store and self._archive is not None and self._archive.is_shared:
            for key in list(unwatched(self._archive, batch, self._monitors)):
                self._monitor(key, wall)
        for key, monitor in list(self._monitors.items()):
            if all(part in ("", own) for part, own in zip(batch.key, key, strict=True)):
                with self._failures.contained("outcomes", "join", key):
                    results.append(monitor.join(batch, wall, in_store=in_store))
        if not results:
            return Resolved.nothing(len(batch.ids))
        found, unfit, unanswered = (np.stack(side) for side in zip(*results, strict=True))
        # An outcome that names no model may belong to any of them: wrong only if it fits none.
        return Resolved(np.any(found, axis=0), np.all(unfit, axis=0), np.any(unanswered, axis=0))

    def _keep(self, early: OutcomeBatch, wall: float, unanswered: NDArray[np.bool_]) -> None:
        with self._pending_lock:
            # In a fleet, another replica may have got the prediction, or get it later.
            is_shared = self._archive is not None and self._archive.is_shared
            self._pending.put_all(early, unanswered.tolist(), look_up_all=is_shared)
        # A prediction that arrived just now looked for its outcome before it was kept, and would never find it.
        # Not in the store again, which has just been asked.
        found = self._join_now(early, wall, in_store=False).found
        if found.any():
            with self._pending_lock:
                self._pending.take(early.key, [early.ids[row] for row in np.flatnonzero(found).tolist()])

    def record_events(self, events: Sequence[Event], wall: float) -> None:
        """Start the warm-up of deployed models."""
        for event in events:
            if event.deploys:
                for key, monitor in list(self._monitors.items()):
                    if event.is_about(key.model, key.version):
                        with self._failures.contained("events", "deployment", key):
                            monitor.deployed(event.time, wall)

    def look_up_again(self, wall: float) -> None:
        """Join some outcomes about which the evaluation store could not be asked; others wait for the next call."""
        with self._pending_lock:
            batches = self._pending.take_unanswered(LOOKED_UP_AT_ONCE)
        for batch in batches:
            wrong = len(self.join(batch, wall))
            with self._pending_lock:  # their senders already have an answer
                self._pending.dropped += wrong

    @property
    def unanswered_outcomes(self) -> int:
        """Outcomes to look up again, because the evaluation store could not be read."""
        return self._pending.unanswered

    @property
    def outcomes_to_look_up(self) -> int:
        """Outcomes to look up again: those, and in a fleet all that wait for their prediction."""
        return self._pending.to_look_up

    @property
    def pending_outcomes(self) -> int:
        """Outcomes that wait for their prediction."""
        return len(self._pending)

    @property
    def dropped_outcomes(self) -> int:
        """Outcomes lost while waiting: pushed out, or of another kind than their prediction."""
        return self._pending.dropped

    def views(self, wall: float) -> list[ModelView]:
        """Return a view of each model, in the order of name, version and variant."""
        views, broken = [], []
        for monitor in self.monitors:
            with self._failures.contained("view", "model", monitor.key) as attempt:
                views.append(monitor.view(wall))
            if attempt.failed:
                broken.append(monitor.key)
        self.broken = tuple(broken)
        # After a fault the context ends without an exception, and the views go out without comparisons.
        with self._failures.contained("challengers", "view"):
            return list(self._challengers.attached(views))
        return views


def _config_for(config: Config, key: ModelKey) -> ModelConfig:
    """Return the settings of an unconfigured model: those of its name, without a reference."""
    variant = cast(Literal["champion", "challenger", "shadow"], key.variant)
    of_name = next((model for model in config.models if model.name == key.model), DEFAULTS)
    return replace(of_name, name=key.model, version=key.version, variant=variant, reference=None, metadata={})


def _live_clock(limits: LimitsConfig) -> EventClock:
    return EventClock(limits.event_time_lead)


def key_of(model: ModelConfig) -> ModelKey:
    """Return the key of a configured model."""
    return ModelKey(model.name, model.version, model.variant)


def _only(values: set[str]) -> str:
    # Several candidates are a doubt, and a guess would count samples for the wrong model.
    return next(iter(values)) if len(values) == 1 else ""


def references_of(config: Config) -> dict[ModelKey, Reference]:
    """Read the references of a configuration.

    Raises
    ------
    ReferenceFault
        If one is unusable.
    """
    return {key_of(model): load_reference(model.reference) for model in config.models if model.reference is not None}
