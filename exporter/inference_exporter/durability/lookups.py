"""When outcomes are looked up again that the evaluation store could not be asked about."""

import time

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0


class LookupRetries:
    """Paces retries: each that fails doubles the pause before the next one, up to a minute."""

    def __init__(self) -> None:
        self._pause = SHORTEST_PAUSE_SECONDS
        self._last = -LONGEST_PAUSE_SECONDS
        self.answered = 0
        """Outcomes that a retry could look up, since the start."""

    def are_due(self, waiting: int) -> bool:
        """Return whether to try again, given how many outcomes wait for it."""
        return waiting > 0 and time.monotonic() >= self._last + self._pause

    def tried(self, before: int, after: int) -> None:
        """Note how many waited before and after a retry."""
        self._last = time.monotonic()
        self.answered += max(before - after, 0)
        self._pause = SHORTEST_PAUSE_SECONDS if after < before else min(2 * self._pause, LONGEST_PAUSE_SECONDS)
