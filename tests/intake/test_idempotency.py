"""The answer to a request with an idempotency key is remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.intake.idempotency import OVERHEAD_BYTES, IdempotencyKeys, KeyInProgress


def test_the_work_of_a_key_is_done_once():
    """The second request with a key gets the answer of the first."""
    keys, done = IdempotencyKeys(), []

    def work():
        done.append(1)
        return 200, b"%d" % len(done)

    answers = [keys.once("k", work) for _ in range(3)]
    assert answers == [((200, b"1"), False), ((200, b"1"), True), ((200, b"1"), True)]
    assert keys.once("other", lambda: (400, b"")) == ((400, b""), False)


def test_a_repeat_does_not_wait_for_the_first():
    """A retry that comes before the first answer neither repeats the work nor occupies a thread."""
    keys = IdempotencyKeys()

    def work():
        with pytest.raises(KeyInProgress):
            keys.once("k", pytest.fail)
        return 200, b"answer"

    assert keys.once("k", work) == ((200, b"answer"), False)
    assert keys.once("k", pytest.fail) == ((200, b"answer"), True)


def test_work_that_fails_is_done_again():
    """A failure is not remembered: the next request with the key tries again."""
    keys = IdempotencyKeys()

    def fail():
        raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        keys.once("k", fail)
    assert keys.once("k", lambda: (200, b"fine")) == ((200, b"fine"), False)


@given(st.integers(1, 10), st.lists(st.integers(0, 20), max_size=60))
def test_only_the_last_keys_are_remembered(capacity, keys):
    """Memory is bounded: beyond the capacity the oldest key is forgotten."""
    known, remembered = IdempotencyKeys(capacity), []
    for key in keys:
        _, repeated = known.once(str(key), lambda: (200, b""))
        assert repeated == (key in remembered)
        if not repeated:
            remembered = [*remembered, key][-capacity:]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 500)), max_size=60))
def test_answers_are_remembered_within_a_number_of_bytes(requests):
    """Long answers push others out; one that is longer than allowed is not remembered at all."""
    keys, limit = IdempotencyKeys(max_bytes=1000), 1000
    for key, size in requests:
        keys.once(f"{key:02}", lambda size=size: (200, b"x" * size))
    kept = [keys.once(f"{key:02}", lambda: (0, b""))[0] for key in {key for key, _ in requests[-1:]}]
    fits = [2 + size + OVERHEAD_BYTES <= limit for _, size in requests[-1:]]
    assert [status == 200 for status, _ in kept] == fits
