"""Answers of keyed requests are given again, not earned again."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.intake.idempotency import Repeats


def test_the_work_of_a_key_is_done_once():
    """The second request with a key gets the answer of the first."""
    repeats, done = Repeats(), []
    answers = [repeats.once("k", lambda: done.append(1) or len(done)) for _ in range(3)]
    assert answers == [(1, False), (1, True), (1, True)]
    assert repeats.once("other", lambda: 5) == (5, False)


def test_a_repeat_waits_for_the_first():
    """A retry that overtakes the answer waits for it, and does not do the work beside it."""
    repeats, begun, finish, done = Repeats(), threading.Event(), threading.Event(), []
    answers = []

    def work():
        begun.set()
        assert finish.wait(20)
        done.append(1)
        return "answer"

    threads = [threading.Thread(target=lambda: answers.append(repeats.once("k", work))) for _ in range(4)]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
    finish.set()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == [("answer", False), *[("answer", True)] * 3]
    assert done == [1]


def test_work_that_fails_is_done_again():
    """What went wrong is no answer: the next request with the key tries again."""
    repeats = Repeats()

    def fail():
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        repeats.once("k", fail)
    assert repeats.once("k", lambda: "fine") == ("fine", False)


@given(st.integers(1, 10), st.lists(st.integers(0, 20), max_size=60))
def test_only_the_last_keys_are_remembered(capacity, keys):
    """Memory is bounded: past the capacity the oldest key is forgotten."""
    repeats, remembered = Repeats(capacity), []
    for key in keys:
        _, repeated = repeats.once(str(key), lambda: None)
        assert repeated == (key in remembered)
        if not repeated:
            remembered = [*remembered, key][-capacity:]
