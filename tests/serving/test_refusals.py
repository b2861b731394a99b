"""Refused requests: each reason has an answer or none is due, and all are counted."""

import pytest
from inference_exporter.intake.refusals import REFUSAL_REASONS
from inference_exporter.serving.refusals import Refusals

WITHOUT_ANSWER = {"sender_gone", "slow_reader"}
BY_THE_WORKER = {"set_aside", "not_stored", "key_in_progress", "unauthorized"}


def test_series_start_at_zero():
    """Every reason is counted from 0."""
    assert Refusals().counts == dict.fromkeys(REFUSAL_REASONS, 0)


@pytest.mark.parametrize("reason", sorted(set(REFUSAL_REASONS) - WITHOUT_ANSWER - BY_THE_WORKER))
def test_every_refusal_is_an_answer(reason):
    """It is counted once, has a text, and is an error of HTTP; what may work later says when to retry."""
    refusals = Refusals()
    answer = refusals.answer(reason, "why" if reason in ("foreign_page", "unknown_host") else None)
    assert refusals.counts[reason] == 1
    assert answer.status[0] in "45"
    assert answer.body.strip()
    may_work_later = answer.status.startswith(("503", "408"))
    assert ("Retry-After" in dict(answer.headers)) == may_work_later
