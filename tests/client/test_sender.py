"""Sender: batches, outages, retries; what is sent counts once."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

HANG_UP = 0


def number(monitor, samples):
    for index in range(samples):
        monitor.observe({"n": index})


def numbers(peer):
    return [sample["features"]["n"] for sample in peer.samples()]


class TestBatching:
    def test_full_batches(self, away, watch, settled):
        """Samples are sent in full batches, in order."""
        monitor = watch(away, batch_samples=100)
        number(monitor, 450)
        away.start()
        settled(monitor)
        sizes = [len(post.lines) for post in away.posts]
        assert max(sizes) == 100
        assert len(sizes) <= 6
        assert numbers(away) == list(range(450))

    def test_a_full_batch_does_not_wait(self, exporter, watch):
        """A full batch is sent long before the batch's time is up."""
        monitor = watch(exporter, batch_samples=10, batch_seconds=3600)
        number(monitor, 10)
        exporter.wait_until(lambda: len(exporter.samples()) == 10)

    def test_a_small_queue_does_not_wait(self, exporter, watch):
        """A queue smaller than a batch is sent before it is full."""
        monitor = watch(exporter, queue_samples=6, batch_seconds=3600)
        number(monitor, 3)
        exporter.wait_until(lambda: len(exporter.samples()) == 3)

    def test_a_single_sample_waits_for_the_batch_time(self, exporter, watch):
        """A partial batch is sent when its first sample has waited long enough."""
        monitor = watch(exporter, batch_seconds=0.05)
        number(monitor, 1)
        exporter.wait_until(lambda: len(exporter.samples()) == 1)

    def test_body_is_bounded(self, away, watch, settled):
        """A body is sent when it reaches its maximum size."""
        monitor = watch(away, batch_bytes=1000)
        for _ in range(20):
            monitor.observe({"text": "x" * 450})
        away.start()
        settled(monitor)
        assert {len(post.lines) for post in away.posts} <= {1, 2}
        assert len(away.samples()) == 20

    def test_large_bodies_are_compressed_when_asked(self, away, watch, settled):
        """With `compress`, large bodies are gzipped and small ones are not."""
        monitor = watch(away, compress=True, headers={"Authorization": "Bearer x"})
        number(monitor, 500)
        away.start()
        settled(monitor)
        number(monitor, 1)
        settled(monitor)
        large, small = away.posts[0], away.posts[-1]
        assert (large.headers.get("Content-Encoding"), small.headers.get("Content-Encoding")) == ("gzip", None)
        assert numbers(away) == [*range(500), 0]
        assert {post.headers["Authorization"] for post in away.posts} == {"Bearer x"}

    def test_one_connection(self, exporter, watch, settled):
        """Requests share a connection, and a closed connection is replaced."""
        monitor = watch(exporter)
        number(monitor, 1)
        settled(monitor)
        exporter.stop()
        exporter.start()
        number(monitor, 1)
        settled(monitor)
        assert monitor.statistics().retries == 0
        assert len(exporter.samples()) == 2


class TestOutage:
    def test_nothing_is_lost_below_the_bound(self, exporter, watch, settled):
        """Samples observed before, during and after an outage all arrive, once each and in order."""
        monitor = watch(exporter, batch_samples=50)
        number(monitor, 100)
        assert monitor.flush(120)
        exporter.stop()
        for index in range(100, 900):
            monitor.observe({"n": index})
        assert not monitor.flush(0.1)
        exporter.start()
        for index in range(900, 1000):
            monitor.observe({"n": index})
        assert settled(monitor) == {"observed": 1000, "acknowledged": 1000, "rejected": 0, "dropped": {}}
        assert numbers(exporter) == list(range(1000))
        assert monitor.statistics().retries > 0
        assert "exporter unreachable" in monitor.statistics().last_error

    def test_a_lost_answer_does_not_count_twice(self, exporter, watch, settled, reply):
        """A batch whose answer was lost is retried with the same key; other batches have other keys."""
        exporter.script = [reply(HANG_UP), reply(HANG_UP), reply(503)]
        monitor = watch(exporter, batch_seconds=3600)
        number(monitor, 10)
        assert settled(monitor)["acknowledged"] == 10
        number(monitor, 1)
        settled(monitor)
        assert numbers(exporter) == [*range(10), 0]
        keys = [post.key for post in exporter.posts]
        assert len(keys) >= 5
        assert (len(set(keys[:-1])), len(set(keys))) == (1, 2)

    def test_a_full_queue_drops_the_newest(self, away, watch, settled):
        """While the exporter is unreachable, the oldest samples are kept, and the rest is counted as dropped."""
        monitor = watch(away, queue_samples=100, batch_samples=10)
        number(monitor, 500)
        away.start()
        accounts = settled(monitor)
        dropped = accounts["dropped"]["queue_full"]
        assert 500 - dropped == accounts["acknowledged"] == len(away.samples())
        # In addition to the queue there is one batch in the sender.
        assert 100 <= accounts["acknowledged"] <= 110
        assert numbers(away)[:100] == list(range(100))


class TestAnswers:
    @pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
    def test_an_exporter_that_cannot_now_is_asked_again(self, exporter, watch, settled, reply, status):
        """5xx and 429 are retried, and the samples arrive."""
        exporter.script = [reply(status), reply(status)]
        monitor = watch(exporter)
        number(monitor, 5)
        assert settled(monitor) == {"observed": 5, "acknowledged": 5, "rejected": 0, "dropped": {}}
        assert monitor.statistics().retries == 2

    @pytest.mark.parametrize("status", [301, 400, 404, 413, 415])
    def test_a_refusal_is_final(self, exporter, watch, settled, reply, status):
        """Other statuses reject the batch without a retry."""
        exporter.script = [reply(status)]
        monitor = watch(exporter, batch_seconds=3600)
        number(monitor, 5)
        assert settled(monitor) == {"observed": 5, "acknowledged": 0, "rejected": 5, "dropped": {}}
        assert len(exporter.posts) == 1
        assert f"status {status}" in monitor.statistics().last_error

    def test_rejected_samples_are_counted(self, exporter, watch, settled):
        """Rejected samples of a batch are counted, and the reason is kept."""
        exporter.is_bad = lambda line: line["features"]["n"] % 2 == 1
        monitor = watch(exporter)
        number(monitor, 10)
        assert settled(monitor) == {"observed": 10, "acknowledged": 5, "rejected": 5, "dropped": {}}
        assert '"reason": "bad"' in monitor.statistics().last_error

    def test_a_poisonous_batch_does_not_block_for_ever(self, exporter, watch, settled, reply):
        """A batch on which the exporter keeps failing is dropped, and the next is sent."""
        exporter.script = [reply(500) for _ in range(10)]
        monitor = watch(exporter, batch_samples=3, batch_seconds=3600)
        number(monitor, 3)
        settled(monitor)
        number(monitor, 2)
        assert settled(monitor) == {"observed": 5, "acknowledged": 2, "rejected": 0, "dropped": {"server_error": 3}}

    def test_unavailable_is_no_poison(self, exporter, watch, settled, reply):
        """A batch is kept through any number of 503 and 429."""
        exporter.script = [reply(503), reply(429)] * 10
        monitor = watch(exporter, retry_seconds=0.001, retry_max_seconds=0.001)
        number(monitor, 3)
        assert settled(monitor)["acknowledged"] == 3

    @pytest.mark.slow
    @pytest.mark.parametrize("form", ["seconds", "date"])
    def test_retry_after_is_honoured(self, exporter, watch, settled, reply, form):
        """The sender waits at least for Retry-After, even during flush."""
        headers = {
            "seconds": "1",
            "date": lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True),  # whole seconds
        }
        exporter.script = [reply(429, {"Retry-After": headers[form]})]
        monitor = watch(exporter)
        number(monitor, 1)
        settled(monitor)
        first, second = exporter.posts
        assert second.at - first.at >= 0.95  # two clocks need not agree to the millisecond

    @pytest.mark.parametrize("body", [{"accepted": "many"}, {"accepted": None}, {}, {"accepted": 99}])
    def test_an_odd_answer_is_taken_by_its_status(self, exporter, watch, settled, reply, body):
        """A success without a count means that all were accepted."""
        exporter.script = [reply(200, body=body)]
        monitor = watch(exporter, batch_seconds=3600)
        number(monitor, 5)
        assert settled(monitor)["acknowledged"] == 5

    def test_a_slow_exporter_is_asked_again(self, exporter, watch, settled, reply):
        """Without an answer within the timeout, the batch is retried with its key."""
        answer = threading.Event()
        exporter.script = [reply(200, until=answer)]
        monitor = watch(exporter, request_timeout_seconds=0.3)
        number(monitor, 1)
        assert settled(monitor)["acknowledged"] == 1
        answer.set()
        assert len({post.key for post in exporter.posts}) == 1
        assert len(exporter.samples()) == 1


@pytest.mark.parametrize("error", [MemoryError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_value_that_fails_late_costs_itself(exporter, watch, settled, error):
    """A value whose conversion raises becomes an invalid feature; its sample and the others arrive."""

    class Late:
        def tolist(self):
            raise error

    monitor = watch(exporter)
    number(monitor, 2)
    monitor.observe({"n": Late()})
    number(monitor, 2)
    assert settled(monitor)["dropped"] == {}
    assert numbers(exporter) == [0, 1, {}, 0, 1]
    assert monitor.statistics().invalid_values == {"features": 1}


def test_whatever_happens_to_a_batch_is_accounted_for(exporter, watch, settled, monkeypatch):
    """An unexpected error drops its batch, and the sender continues."""
    monitor = watch(exporter, headers={"X": "y"})
    monkeypatch.setattr("inference_exporter.client.sender.accepted_of", lambda answer, messages: 1 // 0)
    number(monitor, 3)
    assert settled(monitor)["dropped"] == {"failed": 3}
    monkeypatch.undo()
    number(monitor, 3)
    assert settled(monitor)["acknowledged"] == 3


def test_an_outage_warns_once(away, watch, wait_for, caplog):
    """A long outage logs one warning, however many attempts fail."""
    monitor = watch(away)
    number(monitor, 5)
    wait_for(lambda: monitor.statistics().retries > 2)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.name for record in warnings] == ["inference_exporter.client"]
    assert "messages wait" in warnings[0].getMessage()


def test_no_thread_to_start_is_not_the_callers_trouble(exporter, watch, settled, monkeypatch):
    """If no thread can be started, the call still succeeds, and a later call tries again."""

    class Refused(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    monitor = watch(exporter)
    monkeypatch.setattr("inference_exporter.client.sender.Thread", Refused)
    number(monitor, 2)
    assert monitor.statistics().queued == 2
    assert "can't start" in monitor.statistics().last_error
    monkeypatch.undo()
    number(monitor, 1)
    assert settled(monitor)["acknowledged"] == 3
