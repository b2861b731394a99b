"""Lanes give what waits to whoever is idle, and no more waits than may."""

from collections import deque

from inference_exporter.serving.channel import Job
from inference_exporter.serving.lane import Lane


class Channel:
    """A channel that only notes what it was given."""

    def __init__(self):
        self.given = []

    def give(self, job):
        self.given.append(job)


def job(answers=None):
    return Job({}, deque(), 0, (answers if answers is not None else []).append, lambda size: None)


def test_an_idle_channel_gets_the_job():
    """Nothing waits while a thread is idle."""
    lane, channel, asked = Lane(2), Channel(), job()
    lane.freed(channel)
    lane.submit(asked)
    assert channel.given == [asked]


def test_jobs_wait_in_their_order():
    """Who came first is first."""
    lane, channel, jobs = Lane(5), Channel(), [job() for _ in range(3)]
    for each in jobs:
        lane.submit(each)
    for _ in jobs:
        lane.freed(channel)
    assert channel.given == jobs


def test_a_full_line_says_so():
    """It does not grow without end."""
    lane = Lane(2)
    lane.submit(job())
    assert not lane.is_full
    lane.submit(job())
    assert lane.is_full


def test_what_waits_can_be_withdrawn():
    """Work for a sender that has gone is not begun."""
    lane, channel, asked = Lane(2), Channel(), job()
    lane.submit(asked)
    assert lane.withdraw(asked)
    assert not lane.withdraw(asked)
    lane.freed(channel)
    assert channel.given == []


def test_a_lost_worker_leaves_nobody_waiting():
    """Each job is answered with nothing, and dead channels get no further one."""
    lane, channel, answers = Lane(5), Channel(), []
    lane.submit(job(answers))
    lane.lose_worker()
    assert answers == [None]
    lane.freed(channel)
    lane.lose_worker()
    lane.submit(job())
    assert channel.given == []
