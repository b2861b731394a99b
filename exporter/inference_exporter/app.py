"""Builds the parts and connects them; the only file that knows them all."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .config.file import load as load_config
from .config.schema import Config
from .decode import FORMATS
from .durability.arrival_clock import ArrivalClock
from .durability.durable import Durable, Progress
from .errors import ConfigError, ExporterError
from .evaluation.backends import BACKENDS
from .evaluation.backends._base import Place
from .evaluation.retention import Limits
from .evaluation.state import EvaluationState
from .evaluation.store import EvaluationStore
from .exposition._base import Family
from .exposition.inputs import input_families
from .exposition.own import OwnState, event_families, families
from .exposition.proxy import proxy_families
from .exposition.scrape import Collect, Scrape
from .failures import Failures
from .intake.accounting import Accounting
from .intake.feed import feed_of
from .intake.http import Intake
from .intake.inputs import Inputs
from .intake.refusals import FrontTotals
from .intake.right_of_way import RightOfWay
from .intake.token import token_in
from .intake.translation import FORMAT_KEYS
from .intake.unknown import UnknownPayloads
from .intake.ways._base import Surroundings
from .model.archive import Archive
from .model.fleet import Fleet, references_of
from .model.view import ModelView
from .reference.reference import Reference
from .samples.batch import ModelKey
from .samples.events import EventLog
from .serving.web import Web
from .store.journal import Journal
from .store.references import ReferenceFolder
from .store.snapshots import Snapshots
from .windows.clock import SteadyClock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)
# Only at the beginning of a word: a URL in a message keeps its path.
_FOLDERS = re.compile(r"(?<![^\s'\"(])(?:\.{0,2}/)[^:'\"\n]*/(?=[^/:'\"\n])")


class Application:
    """The sidecar without its sockets: `wsgi` is what a server runs.

    Raises
    ------
    ExporterError
        If the configuration, or a reference that it names, is unusable.
    """

    def __init__(
        self,
        config: Config,
        config_file: Path | None = None,
        front: Callable[[], FrontTotals] = FrontTotals,
        progress: Progress = lambda words: None,
    ) -> None:
        self._durable: Durable | None = None
        self._config_file = config_file
        self._front = front
        # Two reloads at once could leave the fleet of one with the inputs of the other.
        self._reload_lock = threading.Lock()
        self._failures = Failures()
        self._reload_fault, self._reloaded_at = "", time.time()
        self._evaluation = evaluation_of(config, self._failures)
        self._learned = learned = ReferenceFolder(config.storage.path, self._failures) if config.storage.path else None
        self._fleet = Fleet(
            config,
            references_of(config),
            learned.find if learned else _nothing_kept,
            self._save_learned if learned else None,
            self._failures,
            archive=Archive(self._evaluation, config.evaluation) if self._evaluation else None,
        )
        self._events = EventLog(config.limits.events, config.limits.events_memory)
        # Formats of loggers too, so that each has its series from the start.
        self._accounting = Accounting((*FORMATS, *FORMAT_KEYS))
        self._last_views: list[ModelView] = []
        # Everything reads this clock, so that a step of the wall clock is noticed once, and for all.
        self._steady = SteadyClock()
        self._clock = ArrivalClock(self._steady)
        scrape = Scrape(self._views, self._own_collectors(), self._failures)
        way = RightOfWay()
        web = Web(scrape, self.reload, self._pages, way)
        size = config.web.max_body_size
        self.wsgi = Intake(
            self._fleet, self._events, self._accounting, web, size, way.give, self._clock, failures=self._failures
        )
        self.wsgi.token = token_in(config.web.events_token_file)
        self.wsgi.unknown = UnknownPayloads(config.web.show_unknown_payloads)
        stopping = threading.Event()
        around = Surroundings(feed_of(self.wsgi, stopping), way.give, self._failures, config.storage.path)
        self._inputs = Inputs(config.inputs, around, stopping)
        self.wsgi.let_wait()
        # Last: a replay runs through the intake, which has to be complete.
        self._durable = self._restored(config, progress) if config.storage.mode != "memory" else None

    def start(self) -> None:
        """Start to read what comes in by other ways than HTTP."""
        self._inputs.start()

    def stop(self) -> None:
        """Stop reading, and keep the positions."""
        self._inputs.stop()
        self.wsgi.settle()

    def _own_collectors(self) -> dict[str, Collect]:
        return {
            "own": lambda: families(self._own_state()),
            "events": self._event_families,
            "inputs": lambda: input_families(self._inputs.numbers()),
            "proxy": lambda: proxy_families(self._front()),
        }

    def _restored(self, config: Config, progress: Progress) -> Durable:
        """Return the store in use, after everything in it is restored."""
        folder = config.storage.path
        assert folder is not None
        sync = config.storage.mode == "sync"
        journal = Journal(
            folder / "journal.db",
            sync=sync,
            size_at_most=config.storage.max_size,
            degrade=config.storage.on_fault == "memory",
        )
        wsgi = self.wsgi
        parts = {"accounting": self._accounting, "keys": wsgi.keys, "pairing": wsgi.pairing, "events": self._events}
        durable = Durable(
            journal, Snapshots(folder, sync=sync), self._fleet, wsgi, {**parts, "fleet": self._fleet}, self._clock,
            self._failures, config.web.max_body_size, self._evaluation,
        )  # fmt: skip
        self._durable = durable
        durable.restore(progress)
        wsgi.recorded = durable.recorded
        durable.start()
        return durable

    def _save_learned(self, key: ModelKey, reference: Reference) -> None:
        if self._durable is not None:
            # In the journal before the file: a crash between them learns the reference again, from the same samples.
            self._durable.learned(key)
        assert self._learned is not None
        self._learned.save(key, reference)

    def _pages(self) -> "WSGIApplication":
        # 10 MB with Flask and Jinja, loaded only when the page is opened.
        from .page.event_form import EventDesk
        from .page.routes import pages

        desk = EventDesk(lambda: self.wsgi.token.required, self.wsgi.add_event)
        return pages(
            self._views, self._events.latest, self._own_state, self._clock, self._failures, desk, self._evaluation
        )

    def reload(self) -> str | None:
        """Reload the configuration file; on an error returns it and keeps the previous configuration."""
        if self._config_file is None:
            return "started without --config.file"
        with self._reload_lock:
            fault = "internal error"  # unless it comes to an end: on any bug, the metric must show a failed reload
            with self._failures.contained("reload", "configuration"):
                fault = self._reloaded(self._config_file)
            self._reload_fault = fault
            if fault:
                return fault
            self._reloaded_at = time.time()
            log.info("reloaded configuration file %s", self._config_file)
            return None

    def _reloaded(self, file: Path) -> str:
        """Take over a configuration file; returns what is wrong with it, if anything."""
        try:
            config = load_config(file, empty_is_default=False)
            self._refuse_loss(config)
            # Everything that can fail comes before the first change, so that a refused reload changes nothing.
            token = token_in(config.web.events_token_file)
            self._settle()
            self._fleet.reconfigure(config, references_of(config))
            self._inputs.reconfigure(config.inputs)
            self.wsgi.token = token
            if self._durable is not None:
                self._durable.due.now()  # a replay must not count what came before for the new settings
        except ExporterError as error:
            log.error("failed to reload configuration: %s", error)
            return without_folders(str(error))
        return ""

    def _refuse_loss(self, config: Config) -> None:
        """Refuse a file without models if the previous one had some: it was probably truncated."""
        had = self._fleet.configured_models
        if had and not config.models:
            raise ConfigError(
                f"{self._config_file}: models: expected at least one, because {had} are configured now;"
                " to remove them all, restart the exporter"
            )

    def _settle(self) -> None:
        """Count the samples that wait for others."""
        if self._durable is not None:
            self._durable.settle()  # noted, so that a replay adds the same samples together
        else:
            self.wsgi.settle()

    def _views(self) -> list[ModelView]:
        self._settle()
        now = self._clock()
        # With a store, letting halves go is an entry of the journal, so that a replay does it at the same place.
        if self._durable is None:
            self.wsgi.take_unpaired()
        self._last_views = self._fleet.views(now)
        if self._durable is not None:
            self._durable.looked(now)  # afterwards: a snapshot in between has the looks, and a replay repeats none
        return self._last_views

    def _event_families(self) -> Iterable[Family]:
        return event_families(self._events.latest())

    def _own_state(self) -> OwnState:
        # Of the last scrape: the totals beside it must not depend on how long it takes to build views again.
        views = self._last_views
        return OwnState(
            totals=self._accounting.totals(),
            unpaired=dict(self.wsgi.pairing.unpaired),
            repeated_halves=self.wsgi.pairing.repeated,
            waiting_halves=len(self.wsgi.pairing),
            unknown_payloads=self.wsgi.unknown.latest(),
            models=len(views),
            pending_outcomes=self._fleet.pending_outcomes,
            dropped_outcomes=self._fleet.dropped_outcomes,
            evicted_models=self._fleet.evicted_models,
            learning_samples_dropped=self._fleet.learning_samples_dropped,
            folded_label_values=sum(view.folded_label_values for view in views),
            intake_lag_seconds=self.wsgi.lag_seconds,
            requests_in_progress=self.wsgi.in_progress,
            reload_timestamp=self._reloaded_at,
            reload_fault=self._reload_fault,
            failures=self._failures.counts(),
            clock_steps=dict(self._steady.steps),
            unsaved_references=self._learned.unsaved if self._learned else 0,
            broken_models=self._fleet.broken,
            front=self._front(),
            store=self._durable.state if self._durable else None,
            evaluation=self._evaluation_state(),
        )

    def _evaluation_state(self) -> EvaluationState | None:
        if self._evaluation is None or self._durable is None:
            return None
        answered, waiting = self._durable.retries.answered, self._fleet.unanswered_outcomes
        return replace(self._evaluation.state, lookups_repeated=answered, unanswered=waiting)


def evaluation_of(config: Config, failures: Failures) -> EvaluationStore | None:
    """Return the evaluation store, not opened; None unless the journal covers it."""
    storage, evaluation = config.storage, config.evaluation
    if storage.path is None or storage.mode == "memory" or not evaluation.enabled:
        return None
    limits = Limits(evaluation.retention, evaluation.max_size)
    place = Place(storage.path, storage.mode == "sync", evaluation.url, evaluation.password_file)
    backend = BACKENDS[evaluation.scheme].make(place, limits)
    return EvaluationStore(backend, failures=failures)


def without_folders(text: str) -> str:
    """Return a message without the folders of its files, which HTTP must not reveal."""
    return _FOLDERS.sub("", text)


def _nothing_kept(key: ModelKey) -> Reference | None:
    return None
