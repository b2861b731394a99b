"""Warnings and remarks apart from drift."""

from dataclasses import replace

from inference_exporter.model.process import ProcessView
from inference_exporter.page.attention import remarks_about, warnings_about
from inference_exporter.page.summary import model_summary


def test_a_sound_model_needs_no_attention(watched):
    """A healthy model has no warning, only the age of its numbers."""
    model = watched()
    model.add(600)
    summary = model_summary(model.view())
    assert warnings_about(summary) == []
    assert remarks_about(summary, summary.event_clock_timestamp_seconds + 2) == ["Last sample 2 s ago"]


def test_missed_objectives_are_told(watched):
    """A missed objective gives a warning with both numbers; a met or unknown one gives no warning."""
    model = watched()
    model.add(1000, codes=[200] * 998 + [500] * 2)
    assert warnings_about(model_summary(model.view())) == ["Availability is 99.8%, under its objective of 99.9%."]


def test_a_lost_process_is_told(watched):
    """A configured process that is not found gives a warning."""
    view = replace(watched().view(), process=ProcessView(up=False))
    assert warnings_about(model_summary(view)) == ["The model server's process was not found."]


def test_unknown_features_are_named(watched):
    """The first few features that the reference lacks are named, clipped if long."""
    view = watched().view()
    one = model_summary(replace(view, unknown_features=("x" * 300,)))
    assert warnings_about(one)[0].startswith("1 feature is in the traffic but not in the reference: xxx")
    assert len(warnings_about(one)[0]) < 150
    many = model_summary(replace(view, unknown_features=("a", "b", "c", "d", "e")))
    assert warnings_about(many) == ["5 features are in the traffic but not in the reference: a, b, c and 2 more."]


def test_event_time_is_told(watched):
    """If windows follow a replay instead of the clock, a remark gives their event time."""
    model = watched()
    model.add(10)
    summary = replace(model_summary(model.view()), event_clock_timestamp_seconds=0.0)
    assert "now at 1970-01-01 00:00:00 UTC" in remarks_about(summary, 1e6)[1]


def test_late_samples_are_told(watched):
    """Samples too late for the shortest window are counted."""
    summary = replace(model_summary(watched().view()), late_samples=3)
    assert remarks_about(summary, summary.event_clock_timestamp_seconds) == [
        "3 samples arrived too late for the shortest window"
    ]
