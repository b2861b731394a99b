"""Scrape: the body of /metrics at one moment, and how long each of its parts took."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial

from ..model.view import ModelView
from . import GROUPS
from ._base import Family
from .own import collector_families
from .render import render

log = logging.getLogger(__name__)
Collect = Callable[[], Iterable[Family]]


class Scrape:
    """Builds the bodies of scrapes from the views of all models.

    Parameters
    ----------
    views : callable
        Returns the views of one moment.
    own : mapping of str to callable
        Further collectors by name: functions without arguments that return families.
    """

    def __init__(self, views: Callable[[], Sequence[ModelView]], own: dict[str, Collect]) -> None:
        self._views = views
        self._own = own
        # What is shown may depend on what was shown before, so that labels do not change with every scrape.
        self._remembering = {key: group.remembering() for key, group in GROUPS.items() if group.remembering}
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
            collectors: dict[str, Collect] = {
                **{key: partial(self._remembering.get(key, group.families), views) for key, group in GROUPS.items()},
                **self._own,
            }
            return render(self._collected({name: collectors[name] for name in chosen}), content_type)

    def reference(self, content_type: str) -> bytes:
        """Return the reference's buckets alone, which rarely change."""
        with self._lock:
            views = self._views()
            slow = (family for group in GROUPS.values() if group.slow for family in group.families(views))
            return render(slow, content_type)

    def _collected(self, collectors: dict[str, Collect]) -> Iterator[Family]:
        durations: dict[str, float] = {}
        successes: dict[str, bool] = {}
        for name, collect in collectors.items():
            started = time.perf_counter()
            families: list[Family] = []
            successes[name] = False
            try:
                families = list(collect())
                successes[name] = True
            except Exception:  # one broken collector must not hide the others from the scrape
                log.exception("collector %s failed", name)
            durations[name] = time.perf_counter() - started
            yield from families
        yield from collector_families(durations, successes)
