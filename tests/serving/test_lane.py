"""Lanes give queued jobs to idle channels, and bound the queue."""

from collections import deque

from inference_exporter.serving.channel import Job
from inference_exporter.serving.lane import Lane


class Channel:
    """A channel that records its jobs."""

    def __init__(self):
        self.given = []

    def give(self, job):
        self.given.append(job)


def job(answers=None):
    return Job({}, deque(), 0, (answers if answers is not None else []).append, lambda size: None)


def test_an_idle_channel_gets_the_job():
    """A job is not queued while a thread is idle."""
    lane, channel, asked = Lane(2), Channel(), job()
    lane.freed(channel)
    lane.submit(asked)
    assert channel.given == [asked]


def test_jobs_wait_in_their_order():
    """Queued jobs run in order."""
    lane, channel, jobs = Lane(5), Channel(), [job() for _ in range(3)]
    for each in jobs:
        lane.submit(each)
    for _ in jobs:
        lane.freed(channel)
    assert channel.given == jobs


def test_a_full_line_says_so():
    """The queue is bounded."""
    lane = Lane(2)
    lane.submit(job())
    assert not lane.is_full
    lane.submit(job())
    assert lane.is_full


def test_what_waits_can_be_withdrawn():
    """A job is removed from the queue if its sender has gone."""
    lane, channel, asked = Lane(2), Channel(), job()
    lane.submit(asked)
    assert lane.withdraw(asked)
    assert not lane.withdraw(asked)
    lane.freed(channel)
    assert channel.given == []


def test_a_lost_worker_leaves_nobody_waiting():
    """Queued jobs fail, and channels of the dead worker get no further jobs."""
    lane, channel, answers = Lane(5), Channel(), []
    lane.submit(job(answers))
    lane.lose_worker()
    assert answers == [None]
    lane.freed(channel)
    lane.lose_worker()
    lane.submit(job())
    assert channel.given == []
