"""A lane: worker threads reserved for one kind of request, and a bounded queue."""

from collections import deque
from collections.abc import Callable

from .channel import Channel, Job


class Lane:
    """Gives jobs to the idle channels of a lane.

    Parameters
    ----------
    longest : int
        Jobs in the queue; more are refused.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._idle: list[Channel] = []
        self._waiting: deque[Job] = deque()

    @property
    def is_full(self) -> bool:
        """Whether another job would be refused."""
        return len(self._waiting) >= self._longest

    def freed(self, channel: Channel) -> None:
        """Give an idle channel the next job."""
        if self._waiting:
            channel.give(self._waiting.popleft())
        else:
            self._idle.append(channel)

    def submit(self, job: Job) -> None:
        """Give a job to an idle channel, or queue it."""
        if self._idle:
            # The channel used last: its thread's memory is still in the processor's caches.
            self._idle.pop().give(job)
        else:
            self._waiting.append(job)

    def withdraw(self, job: Job) -> bool:
        """Remove a job from the queue; returns whether it was there."""
        try:
            self._waiting.remove(job)
        except ValueError:
            return False
        return True

    def lose_worker(self) -> None:
        """Drop the channels of a worker that ended, and fail the queued jobs."""
        self._idle.clear()
        waiting, self._waiting = self._waiting, deque()
        for job in waiting:
            job.answered(None)


LaneOf = Callable[[str], Lane]
