"""A short form of `tests/faults/alerts.py`: one fault, and who is told of it; and that the judge sees what is wrong."""

import alerts as script
import pytest
from alerting.sink import Sink, Told
from alerts import CASES, judge

DOWN = next(case for case in CASES if case.name == "model down")


@pytest.fixture
def patient(monkeypatch):
    """How fast alerts come is for the script to measure on a quiet machine; here they have to come."""
    monkeypatch.setattr(script, "MACHINE_SECONDS", 180.0)


@pytest.mark.end_to_end
@pytest.mark.timeout(600)
def test_a_model_that_fails_pages_and_nothing_else_does(patient, capsys):
    """Failing requests raise one page about availability in each of its channels, and it resolves."""
    if script.find_tools().missing_packages:
        pytest.skip("Debian packages are missing: prometheus, prometheus-alertmanager")
    assert script.main(["--only", DOWN.name]) == 0, capsys.readouterr().out


class TestJudge:
    def faults(self, fired, resolved=None, messages=None):
        """Return what the judge says."""
        return list(judge(DOWN, set(fired), set(fired if resolved is None else resolved), messages or {}))

    def test_exactly_the_expected(self):
        """The expected alerts, resolved, in one message a channel, are right."""
        assert self.faults(DOWN.expected, messages={"page": 1, "operations": 1}) == []

    def test_missing(self):
        """A channel that was not told is named."""
        told = {each for each in DOWN.expected if each.channel == "page"}
        assert self.faults(told) == ["missing: ModelErrorBudgetBurnFast in operations"]

    def test_unexpected(self):
        """An alert too many is named, and so is the right one in a wrong channel."""
        other = Told("data-science", "ModelPredictionDrift", "ticket")
        assert self.faults({*DOWN.expected, other}) == ["unexpected: ModelPredictionDrift  in data-science"]

    def test_unresolved(self):
        """An alert that goes on is named."""
        assert len(self.faults(DOWN.expected, resolved=set())) == len(DOWN.expected)

    def test_two_messages(self):
        """Two messages about one problem are one too many."""
        assert self.faults(DOWN.expected, messages={"page": 2}) == ["2 messages in page"]


def test_the_sink_counts_groups():
    """Alerts of one group are one message, however often they are sent; the watchdog is counted apart."""
    sink = Sink()
    labels = {"alertname": "A", "severity": "page"}
    firing = {"groupKey": "g", "alerts": [{"labels": labels, "status": "firing"}]}
    for payload in (firing, firing, {"groupKey": "w", "alerts": [{"labels": {"alertname": "Watchdog"}}]}):
        sink.take("page", payload)
    sink.take("dead-man", {"groupKey": "w", "alerts": [{"labels": {"alertname": "Watchdog"}}]})
    told = Told("page", "A", "page")
    fired, resolved, messages = sink.state()
    assert (set(fired), set(resolved), messages, sink.watchdogs) == ({told}, set(), {"page": 1}, 1)
    sink.take("page", {"groupKey": "g", "alerts": [{"labels": labels, "status": "resolved"}]})
    assert set(sink.state()[1]) == {told}
