from dataclasses import replace

import pytest
from inference_exporter.demo.chat import Alert
from inference_exporter.demo.sidecar import Account
from inference_exporter.demo.summary import Summary

ALERT = Alert(name="ModelFeatureDrift", category="drift", summary="s", key=("a", "1"), firing=True)
DONE = Summary(
    seconds=100.4,
    date="2013-12-31",
    samples_sent=1000,
    outcomes_sent=990,
    failed_requests=3,
    account=Account(received=1000, accepted=998, rejected=2, dropped=0),
    client_dropped=0,
    drifted=["dewp", "temp"],
    with_stack=True,
    fired=[ALERT, ALERT],
    resolved=[ALERT],
    drift_in_chat=True,
)


def test_it_tells_all_figures():
    """Sent, accounted for, fired and resolved, each with its parts."""
    text = DONE.text()
    assert "samples sent               1,000" in text
    assert "samples accounted for      1,000  (accepted 998, rejected 2, dropped 0)" in text
    assert "dropped by the client          0" in text
    assert "alerts fired                   2  (ModelFeatureDrift 2)" in text
    assert "alerts resolved                1  (ModelFeatureDrift 1)" in text
    assert "drift alert in chat          yes" in text


def test_without_stack_it_says_so():
    """Nobody wonders where the alerts are."""
    assert "without Prometheus and Alertmanager" in replace(DONE, with_stack=False).text()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"drift_in_chat": False}, 1),
        ({"with_stack": False, "drift_in_chat": False}, 0),
        ({"with_stack": False, "drifted": []}, 1),
        ({"with_stack": False, "samples_sent": 1001}, 1),
        ({"with_stack": False, "samples_sent": 0, "account": Account(0, 0, 0, 0)}, 1),
    ],
)
def test_the_exit_code_is_earned(changes, code):
    """With the stack a drift alert must have been read in chat; without, drift seen and every sample accounted for."""
    assert replace(DONE, **changes).exit_code == code
