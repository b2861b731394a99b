from dataclasses import replace

import pytest
from inference_exporter.demo.balance import Balance, ClientAccount, ExporterAccount
from inference_exporter.demo.chat import Alert
from inference_exporter.demo.summary import Outcomes, Summary

ALERT = Alert(name="ModelFeatureDrift", category="drift", summary="s", key=("a", "1"), firing=True)
BALANCE = Balance(
    ClientAccount(observed=1000, answered=1000, dropped={}, queued=0, in_flight=0),
    ExporterAccount(received=1000, accepted=998, rejected=2, dropped=0),
)
LOST = replace(BALANCE, client=replace(BALANCE.client, observed=1001))
NOTHING = Balance(ClientAccount(0, 0, {}, 0, 0), ExporterAccount(0, 0, 0, 0))
DONE = Summary(
    seconds=100.4,
    date="2013-12-31",
    balance=BALANCE,
    outcomes=Outcomes(sent=990, accepted=980, rejected=0, dropped=4, still_queued=6),
    failed_requests=3,
    unanswered=0,
    drifted=["dewp", "temp"],
    with_stack=True,
    fired=[ALERT, ALERT],
    resolved=[ALERT],
    drift_in_chat=True,
)


def test_it_tells_all_figures():
    """Samples sent and accounted for, alerts fired and resolved, each with its parts."""
    text = DONE.text()
    assert "samples sent               1,000" in text
    assert "samples accepted             998" in text
    assert "outcomes sent                990  (accepted 980, rejected 0, dropped 4, still queued 6)" in text
    assert "alerts fired                   2  (ModelFeatureDrift 2)" in text
    assert "alerts resolved                1  (ModelFeatureDrift 1)" in text
    assert "drift alert in chat          yes" in text


def test_without_stack_it_says_so():
    """The summary explains why there are no alerts."""
    assert "none: Prometheus and Alertmanager are not running" in replace(DONE, with_stack=False).text()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"drift_in_chat": False}, 1),
        ({"drift_in_chat": False, "date": "2013-06-20"}, 0),
        ({"drift_in_chat": False, "date": "2013-06-20", "balance": LOST}, 1),
        ({"with_stack": False, "drift_in_chat": False}, 0),
        ({"with_stack": False, "drifted": []}, 1),
        ({"balance": LOST}, 1),
        ({"outcomes": replace(DONE.outcomes, sent=991)}, 1),
        ({"with_stack": False, "balance": LOST}, 1),
        ({"with_stack": False, "balance": NOTHING}, 1),
    ],
)
def test_the_exit_code_is_earned(changes, code):
    """The exit code is 0 only if drift was shown and everything is accounted for."""
    assert replace(DONE, **changes).exit_code == code


def test_a_slow_machine_is_not_blamed():
    """A run that ended before summer says so, and does not fail."""
    assert "drift alert in chat    not yet" in replace(DONE, drift_in_chat=False, date="2013-06-20").text()
