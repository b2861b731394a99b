"""The loop: samples into the engine in event time, a look at every step."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from ..model.fleet import Fleet
from ..model.view import ModelView
from ..samples.batch import Batch
from .looks import ReplaySteps
from .recording import Recording
from .stream import Outcomes, Stream

Progress = Callable[[float], None]
"""Called with the progress of a replay, from 0 to 1."""


class Watch(Protocol):
    """An observer of each look."""

    def look(self, now: float, views: Sequence[ModelView], changed: bool) -> None:
        """Observe the models; `changed` is false if nothing can have changed since the previous look."""


class Replay:
    """One run of a recording through a fleet. It depends on event time only, so runs are reproducible."""

    def __init__(self, recording: Recording, fleet: Fleet, longest_window_seconds: float) -> None:
        self._fleet = fleet
        self._streams = [Stream(pieces) for pieces in recording.streams]
        self._outcomes = Outcomes()
        self._outcomes.put(list(recording.outcomes))
        self._idle_seconds = longest_window_seconds
        self.samples = 0
        self.outcomes_given = 0
        self.refused: Counter[str] = Counter()
        """Samples and outcomes rejected by the engine, by reason."""

    def run(self, looks: ReplaySteps, watches: Sequence[Watch], progress: Progress) -> None:
        """Replay up to each look and pass it to the observers."""
        views: list[ModelView] = []
        newest = looks.first
        for place, now in enumerate(looks.times()):
            if self._advance(now, looks):
                newest = now
            # Once the last sample has left the longest window, nothing changes until the next one arrives.
            changed = not views or now - newest <= self._idle_seconds + looks.step
            if changed:
                views = self._fleet.views(now)
            for watch in watches:
                watch.look(now, views, changed)
            progress((place + 1) / looks.number)

    def _advance(self, now: float, looks: ReplaySteps) -> bool:
        """Pass to the engine everything that happened before a moment; returns whether anything did."""
        # Samples first, then outcomes: an outcome of the same moment finds its prediction.
        came = False
        for stream in self._streams:
            for end in looks.ends(now):
                for batch in stream.until(end):
                    came = True
                    self._add(batch)
            self._outcomes.put(stream.outcomes)
        for outcomes in self._outcomes.due(now):
            came = True
            wrong = self._fleet.join(outcomes, wall=now)
            self.outcomes_given += len(outcomes.ids) - len(wrong)
            self.refused.update(item.reason for item in wrong)
        return came

    def _add(self, batch: Batch) -> None:
        # The wall clock of a replay is the newest event: nothing is late, and nothing in the future.
        reason = self._fleet.add(batch, wall=float(batch.times[-1]))
        if reason is None:
            self.samples += batch.size
        else:
            self.refused[reason] += batch.size


def shown_steps(progress: Progress, steps: int = 200) -> Progress:
    """Return a progress function that only reports visible changes."""
    reached = -1

    def report(share: float) -> None:
        nonlocal reached
        if int(share * steps) > reached:
            reached = int(share * steps)
            progress(share)

    return report


def silent(share: float) -> None:
    """Show no progress."""
