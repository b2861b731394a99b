"""What beside drift a person should know."""

from dataclasses import replace

from inference_exporter.model.process import ProcessView
from inference_exporter.page.attention import remarks_about, warnings_about
from inference_exporter.page.summary import model_summary


def test_a_sound_model_needs_no_attention(watched):
    """Where all is well there is no warning, and only how fresh the numbers are."""
    model = watched()
    model.add(600)
    summary = model_summary(model.view())
    assert warnings_about(summary) == []
    assert remarks_about(summary, summary.event_clock_timestamp_seconds + 2) == ["Last sample 2 s ago"]


def test_missed_objectives_are_told(watched):
    """A service level under its objective is a warning with both numbers; one that is kept or unknown is none."""
    model = watched()
    model.add(1000, codes=[200] * 998 + [500] * 2)
    assert warnings_about(model_summary(model.view())) == ["Availability is 99.8%, under its objective of 99.9%."]


def test_a_lost_process_is_told(watched):
    """A model server that is configured but not found is a warning."""
    view = replace(watched().view(), process=ProcessView(up=False))
    assert warnings_about(model_summary(view)) == ["The model server's process was not found."]


def test_unknown_features_are_named(watched):
    """Features that the reference lacks are named, the first few of them, and cut where they are long."""
    view = watched().view()
    one = model_summary(replace(view, unknown_features=("x" * 300,)))
    assert warnings_about(one)[0].startswith("1 feature is in the traffic but not in the reference: xxx")
    assert len(warnings_about(one)[0]) < 150
    many = model_summary(replace(view, unknown_features=("a", "b", "c", "d", "e")))
    assert warnings_about(many) == ["5 features are in the traffic but not in the reference: a, b, c and 2 more."]


def test_event_time_is_told(watched):
    """Where windows follow a replay and not the clock it is said which moment they have reached."""
    model = watched()
    model.add(10)
    summary = replace(model_summary(model.view()), event_clock_timestamp_seconds=0.0)
    assert "now at 1970-01-01 00:00:00 UTC" in remarks_about(summary, 1e6)[1]


def test_late_samples_are_told(watched):
    """Samples that came too late for the shortest window are counted."""
    summary = replace(model_summary(watched().view()), late_samples=3)
    assert remarks_about(summary, summary.event_clock_timestamp_seconds) == [
        "3 samples arrived too late for the shortest window"
    ]
