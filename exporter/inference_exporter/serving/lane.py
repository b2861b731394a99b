"""A lane: threads of the worker that only one sort of request may take, and a bounded line of those that wait."""

from collections import deque
from collections.abc import Callable

from .channel import Channel, Job


class Lane:
    """Gives jobs to the idle channels of a lane.

    Parameters
    ----------
    longest : int
        Jobs that may wait; one more is not taken.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._idle: list[Channel] = []
        self._waiting: deque[Job] = deque()

    @property
    def is_full(self) -> bool:
        """Whether one more job would not be taken."""
        return len(self._waiting) >= self._longest

    def freed(self, channel: Channel) -> None:
        """Take a channel that is idle, and give it the next job."""
        if self._waiting:
            channel.give(self._waiting.popleft())
        else:
            self._idle.append(channel)

    def submit(self, job: Job) -> None:
        """Give a job to an idle channel, or let it wait."""
        if self._idle:
            self._idle.pop().give(job)
        else:
            self._waiting.append(job)

    def withdraw(self, job: Job) -> bool:
        """Take back a job that still waits; tells whether it did."""
        try:
            self._waiting.remove(job)
        except ValueError:
            return False
        return True

    def lose_worker(self) -> None:
        """Forget the channels of a worker that has ended, and answer what waits."""
        self._idle.clear()
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.answered(None)


LaneOf = Callable[[str], Lane]
