"""Requests, errors and latency, since the start and in each window; information about the deployed model."""

from collections.abc import Iterator, Sequence

from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, histogram, joined, labels, model_labels

MISPLACED_HELP = "Samples whose time fits no window: late, ahead (counted at arrival), rewound (removed again)."
EXPECTED_CODE = 200  # exists at 0 from the start, so that the first request is an increase


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    requests = counter("model_requests_total", "Requests by the HTTP status that the model server returned.")
    latency = histogram("model_request_duration_seconds", "Latency of the model server.")
    stages = histogram("model_stage_duration_seconds", "Latency of each stage of a request.")
    last = gauge("model_last_sample_timestamp_seconds", "Arrival time of the last sample.")
    clock = gauge("model_event_clock_timestamp_seconds", "Event time that the windows have reached.")
    # Also below as a reason of misplaced samples; the older name is in people's alerts.
    late = counter("model_late_samples_total", "Samples that arrived too late for the shortest window.")
    misplaced = counter("model_misplaced_samples_total", MISPLACED_HELP)
    info = gauge("model_info", "Always 1; the labels describe the deployed model.")
    for view in views:
        base = model_labels(view.key)
        for code, count in sorted({EXPECTED_CODE: 0, **view.traffic.requests}.items()):
            requests.add(joined(base, labels(code=str(code))), count)
        latency.add_histogram(base, view.traffic.latency)
        for stage, stage_histogram in sorted(view.traffic.stages.items()):
            stages.add_histogram(joined(base, labels(stage=stage)), stage_histogram)
        last.add(base, view.traffic.last_sample)
        clock.add(base, view.now)
        late.add(base, view.traffic.late_samples)
        for reason, number in (("ahead", view.ahead_samples), ("late", view.traffic.late_samples),
                               ("rewound", view.traffic.rewound_samples)):  # fmt: skip
            misplaced.add(joined(base, labels(reason=reason)), number)
        version = view.reference.version if view.reference else ""
        info.add(joined(base, labels(framework=view.config.framework, reference_version=version)), 1)
    yield from (requests, latency, stages, last, clock, late, misplaced, info)
    yield from _windows(views)


def _windows(views: Sequence[ModelView]) -> Iterator[Family]:
    samples = gauge("model_window_samples", "Samples in the window.")
    length = gauge("model_window_length_seconds", "Length of the window.")
    errors = gauge("model_request_error_ratio", "Share of the window's requests answered with 4xx or 5xx.")
    # The relative error of log-scaled buckets, see windows/latency.py.
    quantile = gauge("model_request_duration_quantile_seconds", "Latency quantile of the window, within 2.2 %.")
    minimum = gauge("model_window_minimum_samples", "Samples that a window needs for a drift verdict.")
    for view in views:
        minimum.add(model_labels(view.key), view.config.drift.minimum_samples)
        for window in view.windows:
            text = joined(model_labels(view.key), labels(window=window.name))
            samples.add(text, window.samples)
            length.add(text, window.length_seconds)
            # NaN without traffic: no requests is not "no errors".
            errors.add(text, window.errors / window.samples if window.samples else float("nan"))
            for share, seconds in window.latency_quantiles.items():
                quantile.add(joined(text, labels(quantile=repr(share))), seconds)
    yield from (samples, length, errors, quantile, minimum)


# Moving: the event clock advances without samples.
GROUP = ModelGroup("traffic", _families, moving=True)
