"""Halves of an inference meet in any order, and wait within bounds of bytes and time."""

import random

import pytest
from inference_exporter.intake.pairing import Pairing, joined, size_of
from inference_exporter.payloads._base import Answered, Inference, Requested


def request(id, at="2026-11-27T00:23:26.0789529Z", rows=1):
    return Inference(Requested([[1.0]] * rows), id=id, requested_at=at, model="m")


def response(id, at="2026-11-27T00:23:26.080736102Z"):
    return Inference(answered=Answered([1]), id=id, answered_at=at, version="3", code=200)


@pytest.fixture
def pairing():
    return Pairing(bytes_at_most=10**6, patience_seconds=60.0)


@pytest.mark.parametrize("halves", [(request, response), (response, request)])
def test_two_halves_make_one_inference(pairing, halves):
    """In either order, with the fields of both and the time between them as latency."""
    first, second = (half("r") for half in halves)
    assert pairing.add("kserve", first, 0.0) == ([], True)
    [whole], waits = pairing.add("kserve", second, 1.0)
    assert not waits and len(pairing) == 0
    assert (whole.model, whole.version, whole.code) == ("m", "3", 200)
    assert whole.latency_seconds == pytest.approx(0.0017832, abs=1e-6)
    assert set(pairing.unpaired.values()) == {0}


def test_sources_do_not_meet(pairing):
    """Ids of two loggers may collide."""
    pairing.add("kserve", request("r"), 0.0)
    assert pairing.add("seldon", response("r"), 0.0) == ([], True)


def test_without_an_id_or_whole_it_does_not_wait(pairing):
    """What cannot be paired, or needs no other half, is complete at once."""
    for inference in (request(None), joined(request("r"), response("r"))):
        assert pairing.add("x", inference, 0.0) == ([inference], False)


def test_the_same_half_again_counts_once(pairing):
    """A logger that sends a half twice changes nothing."""
    pairing.add("x", request("r"), 0.0)
    assert pairing.add("x", request("r"), 1.0) == ([], False)
    assert (pairing.repeated, len(pairing)) == (1, 1)


def test_a_half_whose_time_is_up_is_released_alone(pairing):
    """It is counted as unpaired, and what it has is not lost."""
    pairing.add("x", request("r"), 0.0)
    pairing.add("x", response("s"), 30.0)
    assert pairing.expired(59.9) == []
    assert [half.id for half in pairing.expired(60.0)] == ["r"]
    assert pairing.unpaired == {"request": 1, "response": 0}


def test_a_clock_set_back_releases_rather_than_waits(pairing):
    """Halves do not wait for ever after the clock was set back."""
    pairing.add("x", request("r"), 1000.0)
    assert [half.id for half in pairing.expired(0.0)] == ["r"]


def test_bytes_are_bounded():
    """The oldest half makes room; one that is larger than all room passes through."""
    pairing = Pairing(bytes_at_most=2 * size_of(request("r")), patience_seconds=60.0)
    released = [half.id for id in "abc" for half in pairing.add("x", request(id), 0.0)[0]]
    assert (released, len(pairing)) == (["a"], 2)
    done, waits = pairing.add("x", request("d", rows=1000), 0.0)
    assert [half.id for half in done] == ["b", "c", "d"] and not waits
    assert pairing.unpaired["request"] == 4


def test_every_half_is_accounted_for(pairing):
    """Of many halves in any order, each is paired, waits, or is counted as unpaired."""
    halves = [half(str(number)) for number in range(500) for half in (request, response)]
    chosen = random.Random(7).sample(halves, 800)
    done = [inference for half in chosen for inference in pairing.add("x", half, 0.0)[0]]
    alone = pairing.expired(60.0)
    assert 2 * len(done) + len(alone) == 800
    assert sum(pairing.unpaired.values()) == len(alone)


def test_times_that_cannot_be_compared_give_no_latency():
    """Latency is unknown without both times, with an unreadable one, or if the response came first."""
    for start, end in ((None, "2026-11-27T00:00:00Z"), ("soon", "2026-11-27T00:00:00Z"), (5.0, 4.0)):
        assert joined(request("r", start), response("r", end)).latency_seconds is None
