"""Faults of the proxy itself: they cost a copy, never a client its answer."""

import logging
from collections.abc import Callable
from typing import ParamSpec

from ..intake.proxy_totals import ProxyTotals

log = logging.getLogger(__name__)
P = ParamSpec("P")


class Faults:
    """Counts them by part in the totals, and logs the first of each kind."""

    def __init__(self, totals: ProxyTotals) -> None:
        self._totals = totals
        self._logged: set[tuple[str, type]] = set()

    def contained(self, part: str, act: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
        """Call a function; returns whether it went without a fault."""
        try:
            act(*args, **kwargs)
        except Exception as error:  # whatever it is, the client and the upstream must not notice
            self._totals.failures[part] += 1
            kind = (part, type(error))
            if kind not in self._logged:
                self._logged.add(kind)
                log.exception("%s failed; further failures of this kind are only counted", part)
            return False
        return True
