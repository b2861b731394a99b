"""Constructed windows: each differs from the reference in one known way."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.model.monitor import Monitor
from inference_exporter.model.view import HistogramView
from inference_exporter.reference.reference import Reference, build
from inference_exporter.samples.batch import Batch, ModelKey

NOW = 1_800_000_000.0
KEY = ModelKey("fraud", "7", "champion")
CONFIG = ModelConfig("fraud", "7", drift=DriftConfig(minimum_samples=20))
WINDOWS = (Window("1h", 3600.0),)


@pytest.fixture(scope="session")
def histograms() -> Callable[..., HistogramView]:
    """Return a function that returns a window with given features against a reference of others."""

    def of(reference: Reference | Mapping[str, Any], features: Mapping[str, Any], **parts: Any) -> HistogramView:
        if not isinstance(reference, Reference):
            reference = build(reference, len(next(iter(reference.values()))), created=NOW)
        size = len(next(iter(features.values())))
        monitor = Monitor(KEY, CONFIG, WINDOWS, reference)
        monitor.add(Batch(size, KEY, np.full(size, NOW), features=features, **parts), NOW)
        view = monitor.view(NOW).windows[0].histograms
        assert view is not None
        return view

    return of
