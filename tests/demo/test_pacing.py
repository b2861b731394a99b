import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.demo.pacing import DEFAULT_SPEED, Pacer

DAY = 86_400.0
MAY_TO_DECEMBER = 245 * DAY


def test_an_event_waits_for_its_turn():
    """At a day per second, the fifth day comes five seconds after the first, whatever the current time."""
    pacer = Pacer(event_start=1000.0, wall_start=50.0, speed=DAY)
    assert pacer.wait_seconds(1000.0 + 5 * DAY, now=50.0) == pytest.approx(5.0)
    assert pacer.wait_seconds(1000.0 + 5 * DAY, now=52.0) == pytest.approx(3.0)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1, 1e6))
def test_what_is_late_does_not_wait(event_time, now, speed):
    """Waits are never negative: a replay that fell behind catches up."""
    assert Pacer(0.0, 0.0, speed).wait_seconds(event_time, now) >= 0.0


def test_the_default_tells_the_story_in_time():
    """May to December pass in 70 to 75 seconds."""
    assert 70 <= MAY_TO_DECEMBER / DEFAULT_SPEED <= 75
