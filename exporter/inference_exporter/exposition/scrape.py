"""Scrape: the body of /metrics at one moment, and how long each of its parts took."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial

from ..failures import Failures, Place
from ..model.view import ModelView
from ..samples.batch import ModelKey
from . import GROUPS
from ._base import Families, Family
from .own import collector_families
from .render import render

Collect = Callable[[], Iterable[Family]]
PART = "collector"


class Scrape:
    """Builds the bodies of scrapes from the views of all models.

    Parameters
    ----------
    views : callable
        Returns the views of one moment.
    own : mapping of str to callable
        Further collectors by name: functions without arguments that return families.
    failures : Failures
        Counts what breaks; a model that breaks a collector costs its own series of that collector only.
    """

    def __init__(
        self, views: Callable[[], Sequence[ModelView]], own: dict[str, Collect], failures: Failures | None = None
    ) -> None:
        self._views = views
        self._own = own
        self._failures = failures or Failures()
        self._groups = {key: GroupCollector(key, self._failures) for key in GROUPS}
        # A scrape is all CPU: two at once would only take turns at the interpreter and each last twice as long.
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The collectors that can be chosen or left out."""
        return (*GROUPS, *self._own)

    def metrics(self, content_type: str, chosen: Collection[str]) -> bytes:
        """Return the families of the chosen collectors."""
        with self._lock:
            views = self._views()
            groups: dict[str, Collect] = {key: partial(group, views) for key, group in self._groups.items()}
            collectors = {**groups, **self._own}
            return render(self._collected({name: collectors[name] for name in chosen}), content_type)

    def reference(self, content_type: str) -> bytes:
        """Return the reference's buckets alone, which rarely change."""
        with self._lock:
            views = self._views()
            slow = [self._groups[key] for key, group in GROUPS.items() if group.slow]
            return render((family for collector in slow for family in collector(views)), content_type)

    def _collected(self, collectors: dict[str, Collect]) -> Iterator[Family]:
        durations: dict[str, float] = {}
        successes: dict[str, bool] = {}
        for name, collect in collectors.items():
            started = time.perf_counter()
            families: list[Family] = []
            with self._failures.contained(PART, name) as attempt:
                families = list(collect())
            durations[name] = time.perf_counter() - started
            successes[name] = not (attempt.failed or (name in self._groups and self._groups[name].failed))
            yield from families
        yield from collector_families(durations, successes)


class GroupCollector:
    """The families of one group about models. Not for two threads at once.

    All models are asked for at once; where that fails, one by one, so that each
    keeps its own fault.
    """

    def __init__(self, key: str, failures: Failures) -> None:
        self._key = key
        self._failures = failures
        # What is shown may depend on what was shown before, so that labels do not change with every scrape.
        self._remembering = GROUPS[key].remembering
        self._of_all = self._begun()
        self._of_one: dict[ModelKey, Families] = {}
        self.failed = False

    def _begun(self) -> Families:
        return self._remembering() if self._remembering else lambda views: GROUPS[self._key].families(views)

    def __call__(self, views: Sequence[ModelView]) -> list[Family]:
        """Return the families of the models of one moment."""
        self.failed = False
        try:
            return list(self._of_all(views))
        except Exception as error:  # whose fault it is shows next, when each model is asked for by itself
            self.failed = True
            return self._one_by_one(views, error)

    def _one_by_one(self, views: Sequence[ModelView], error: Exception) -> list[Family]:
        self._of_one = {view.key: self._of_one.get(view.key) or self._begun() for view in views}
        merged: dict[str, Family] = {}
        found = False
        for view in views:
            with self._failures.contained(PART, self._key, view.key) as attempt:
                for family in list(self._of_one[view.key]([view])):
                    merged.setdefault(family.name, family.emptied()).series.extend(family.series)
            found = found or attempt.failed
        if not found:
            self._failures.record(Place(PART, self._key), error)
        return list(merged.values())
