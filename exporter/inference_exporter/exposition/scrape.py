"""Scrape: the body of /metrics, and how long each collector took."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from ..failures import Failures, Place
from ..model.view import ModelView
from ..samples.batch import ModelKey
from . import GROUPS
from ._answers import Answer, Answers, Outcome
from ._base import Families, Family
from .own import collector_families
from .render import ending, render

Collect = Callable[[], Iterable[Family]]
PART = "collector"


class Scrape:
    """Builds the bodies of scrapes from the views of all models.

    Parameters
    ----------
    views : callable
        Returns the current views.
    own : mapping of str to callable
        Further collectors by name: functions that take no arguments and return families.
    failures : Failures
        Counts faults; a model that breaks a collector loses only its series of that collector.
    """

    def __init__(
        self, views: Callable[[], Sequence[ModelView]], own: dict[str, Collect], failures: Failures | None = None
    ) -> None:
        self._views = views
        self._own = own
        self._failures = failures or Failures()
        self._groups = {key: GroupCollector(key, self._failures) for key in GROUPS}
        # A scrape is CPU-bound: two at once would share the interpreter and each take twice as long.
        self._lock = threading.Lock()
        self._answers = Answers()

    @property
    def names(self) -> tuple[str, ...]:
        """The collectors that can be selected."""
        return (*GROUPS, *self._own)

    def metrics(self, content_type: str, chosen: Collection[str]) -> bytes:
        """Return the families of the chosen collectors."""
        return b"".join(self.answer(content_type, chosen).pieces)

    def answer(self, content_type: str, chosen: Collection[str]) -> Answer:
        """Return the families of the chosen collectors; what did not change since the last answer is not made again."""
        with self._lock:
            views = self._views()
            groups: dict[str, Collect] = {key: partial(self._groups[key], views) for key in chosen if key in GROUPS}
            still = {key: group for key, group in groups.items() if not GROUPS[key].moving}
            # Everything else is made anew at each scrape: the process, the clock, our own counters.
            rest = {key: groups.get(key) or self._own[key] for key in chosen if key not in still}
            kept = self._answers.still(
                tuple(chosen), content_type, _states(views), lambda outcome: self._collected(still, outcome)
            )
            outcome = kept.outcome.copy()
            # `chain` is lazy, so the collectors' own metrics are made last, when all durations are known.
            families = chain(self._collected(rest, outcome), collector_families(outcome.durations, outcome.successes))
            return Answer(kept, render(families, content_type))

    def reference(self, content_type: str) -> Answer:
        """Return only the reference's buckets, which rarely change."""
        with self._lock:
            views = self._views()
            slow: dict[str, Collect] = {key: partial(self._groups[key], views) for key in GROUPS if GROUPS[key].slow}
            kept = self._answers.still(
                "reference", content_type, _states(views), lambda outcome: self._collected(slow, outcome)
            )
            return Answer(kept, ending(content_type))

    def _collected(self, collectors: dict[str, Collect], outcome: Outcome) -> Iterator[Family]:
        for name, collect in collectors.items():
            started = time.perf_counter()
            families: list[Family] = []
            # `list` inside: a generator would raise outside, where the failure would cost the whole scrape.
            with self._failures.contained(PART, name) as attempt:
                families = list(collect())
            outcome.durations[name] = time.perf_counter() - started
            outcome.successes[name] = not (attempt.failed or (name in self._groups and self._groups[name].failed))
            yield from families


def _states(views: Sequence[ModelView]) -> tuple[object, ...]:
    return tuple(view.state for view in views)


class GroupCollector:
    """The families of one group about models. Not thread-safe.

    All models are collected in one call; if that fails, one by one, so that a
    fault costs only the model that causes it.
    """

    def __init__(self, key: str, failures: Failures) -> None:
        self._key = key
        self._failures = failures
        # Families may remember what they showed, so that labels do not change with every scrape.
        self._remembering = GROUPS[key].remembering
        self._of_all = self._begun()
        self._of_one: dict[ModelKey, Families] = {}
        self.failed = False

    def _begun(self) -> Families:
        return self._remembering() if self._remembering else lambda views: GROUPS[self._key].families(views)

    def __call__(self, views: Sequence[ModelView]) -> list[Family]:
        """Return the families of the given views."""
        self.failed = False
        try:
            return list(self._of_all(views))
        except Exception as error:  # collecting each model alone, below, finds the model at fault
            self.failed = True
            return self._one_by_one(views, error)

    def _one_by_one(self, views: Sequence[ModelView], error: Exception) -> list[Family]:
        # Only in the failing case: each model then has a memory of its own, and keeps it while the fault lasts.
        self._of_one = {view.key: self._of_one.get(view.key) or self._begun() for view in views}
        merged: dict[str, Family] = {}
        found = False
        for view in views:
            with self._failures.contained(PART, self._key, view.key) as attempt:
                for family in list(self._of_one[view.key]([view])):
                    merged.setdefault(family.name, family.emptied()).parts.extend(family.parts)
            found = found or attempt.failed
        # It failed for all models together but for none alone, so nobody in particular is to blame.
        if not found:
            self._failures.record(Place(PART, self._key), error)
        return list(merged.values())
