"""Event times compared with arrival times, to find wrong clocks."""

from collections.abc import Iterator, Sequence

from ..detectors.event_times.watch import EventTimesView, EventTimesWindow
from ..model.view import ModelView
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._parts import with_part


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    lag = gauge("model_event_time_lag_seconds", "Rolling quantiles of the time from event to arrival.")
    future = gauge("model_event_time_future_ratio", "Share of samples whose event time is ahead of their arrival.")
    # A delay varies between samples, a wrong clock does not: what nearly all share is the clock's part.
    skew = gauge(
        "model_event_time_skew_seconds", "Lag that nearly all samples of the window share; 0 if there is no common lag."
    )
    problem = gauge("model_event_time_problem", "1 for each problem of the event times, with the reason.")
    for base, name, window in _windows(views):
        text = joined(base, labels(window=name))
        for quantile, seconds in window.lags.items():
            lag.add(joined(text, labels(quantile=str(quantile))), seconds)
        future.add(text, window.future_ratio)
        skew.add(text, window.skew)
        for reason in window.problems:
            problem.add(joined(text, labels(reason=reason)), 1)
    yield from (lag, future, skew, problem)


def _windows(views: Sequence[ModelView]) -> Iterator[tuple[str, str, EventTimesWindow]]:
    for view, part in with_part(views, EventTimesView):
        for name, window in part.windows.items():
            yield model_labels(view.key), name, window


GROUP = ModelGroup("event_times", _families)
