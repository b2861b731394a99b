"""Summaries of a model and its windows."""

import math
from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import DEFAULT_WINDOWS, ModelConfig, ProcessConfig, parse_window
from inference_exporter.model.process import ProcessView
from inference_exporter.page.summary import by_length, default_window, model_detail, model_summary, window_summary

WINDOWS = tuple(parse_window(text) for text in ("24h", "5m", "1h"))


def test_windows_come_shortest_first(watched):
    """Windows are ordered by length, whatever their order in the configuration."""
    view = watched(windows=WINDOWS).view()
    assert [window.name for window in by_length(view.windows)] == ["5m", "1h", "24h"]


def test_the_longest_window_with_a_verdict_is_shown(watched):
    """The default window is the longest with enough samples, else the longest."""
    model = watched(windows=WINDOWS)
    assert default_window(model.view()).name == "24h"
    model.add(600)
    view = model.view()
    assert default_window(view).name == "24h"
    longest, others = by_length(view.windows)[-1], by_length(view.windows)[:-1]
    too_few = replace(longest, histograms=replace(longest.histograms, samples=3, fault="too_few_samples"))
    assert default_window(replace(view, windows=(too_few, *others))).name == "1h"


def test_a_model_is_summed_up(watched):
    """A summary has the model, the verdict and its window."""
    model = watched(ModelConfig(name="fraud", version="7", framework="scikit-learn"))
    model.add(600, shift=2.0, codes=[200] * 594 + [503] * 6, latency_seconds=np.full(600, 0.02))
    summary = model_summary(model.view())
    assert (summary.model, summary.version, summary.variant) == ("fraud", "7", "champion")
    assert (summary.window, summary.verdict.state) == ("24h", "drifted")
    assert summary.requests == {"200": 594, "503": 6}
    assert summary.reference.source == "file"
    assert summary.reference.rows == 4000
    availability, latency = summary.slos
    assert (availability.attainment, availability.met) == (0.99, False)
    assert (latency.attainment, latency.met, latency.threshold_seconds) == (1.0, True, 0.1)
    assert summary.process is None


def test_what_is_unknown_is_not_zero(watched):
    """Before the first sample every ratio is NaN, and objectives are neither met nor missed."""
    view = watched().view()
    summary, window = model_summary(view), window_summary(view, view.windows[0])
    assert all(math.isnan(slo.attainment) and slo.met is None for slo in summary.slos)
    assert math.isnan(window.error_ratio)
    assert math.isnan(window.samples_per_second)
    assert all(math.isnan(seconds) for seconds in window.duration_quantile_seconds.values())
    assert math.isnan(summary.last_sample_timestamp_seconds)


def test_rates_are_of_the_time_that_has_passed(watched):
    """The rate of traffic that began ten seconds ago is not averaged over a day."""
    model = watched()
    model.add(600)
    view = model.view()
    view = replace(view, traffic=replace(view.traffic, first_time=view.now - 10))
    rates = {window.name: window_summary(view, window).samples_per_second for window in view.windows}
    assert rates == {"5m": 60, "1h": 60, "24h": 60}
    for first_time, rate in ((view.now - 3600, 2.0), (view.now - 0.1, math.nan)):
        seen = replace(view, traffic=replace(view.traffic, first_time=first_time))
        found = window_summary(seen, seen.windows[0]).samples_per_second
        assert found == pytest.approx(rate, nan_ok=True)


def test_the_process_is_told(watched):
    """The summary includes the model server's process and its CPU use."""
    model = watched(ModelConfig(process=ProcessConfig(pid=1)))
    view = replace(model.view(), process=ProcessView(True, 2, 10.0, 1e6, 2e6, 5, 100))
    process = model_summary(view, 0.5).process
    assert (process.up, process.cpu_cores, process.resident_memory_bytes) == (True, 0.5, 1e6)


def test_a_detail_has_every_window_and_column(watched):
    """The detail adds each requested window with all columns."""
    model = watched()
    model.add(600)
    view = model.view()
    detail = model_detail(view, view.windows)
    assert set(vars(detail)) == {*vars(model_summary(view)), "windows"}
    assert detail.verdict == model_summary(view).verdict
    assert [window.window for window in detail.windows] == [window.name for window in DEFAULT_WINDOWS]
    assert [column.name for column in detail.windows[0].columns] == ["amount", "hour", "country", "prediction"]
    assert [window.window for window in model_detail(view, view.windows[:1]).windows] == ["5m"]


def test_a_learning_model_has_no_columns(watched):
    """While the reference is learned there are no columns, only the progress."""
    model = watched(learning=True)
    model.add(10)
    view = model.view()
    detail = model_detail(view, view.windows)
    assert all(window.columns == () for window in detail.windows)
    assert (detail.reference.source, detail.reference.learned_samples) == ("learning", 10)
    assert detail.reference.rows is None


def test_the_budget_is_told(watched):
    """The false-alarm budget and its spending are the engine's."""
    model = watched()
    model.add(600)
    view = model.view()
    budget = model_summary(view).budget
    assert view.budget is not None
    assert budget.false_alarms_per_month == 1
    assert (budget.spent, budget.look_significance) == (view.budget.spent, view.budget.significance)
    assert budget.looks == {"5m": 1, "1h": 1, "24h": 1}


def test_without_a_reference_nothing_is_spent(watched):
    """While the reference is learned there are no looks and no spending."""
    assert model_summary(watched(learning=True).view()).budget is None
