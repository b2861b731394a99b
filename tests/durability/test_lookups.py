"""When outcomes are looked up again: soon after a success, ever later after failures."""

from inference_exporter.durability import lookups
from inference_exporter.durability.lookups import LONGEST_PAUSE_SECONDS, LookupRetries


def test_pauses_double_up_to_a_minute(monkeypatch):
    """A retry that fails doubles the pause, one that succeeds shortens it again; without outcomes none is due."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(lookups, "time", clock)
    retries = LookupRetries()
    assert retries.are_due(5)
    assert not retries.are_due(0)
    for pause in (2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS):
        retries.tried(5, 5)
        clock.now += pause - 0.5
        assert not retries.are_due(5)
        clock.now += 0.5
        assert retries.are_due(5)
    retries.tried(5, 2)
    assert retries.answered == 3
    clock.now += 1.0
    assert retries.are_due(2)
