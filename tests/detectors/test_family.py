"""Properties of every detector."""

import pkgutil
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from inference_exporter import detectors
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors import DETECTORS
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from unusual_samples import KEY, batch_of, like_the_reference

WINDOWS = (Window("1m", 60.0), Window("1h", 3600.0))
NOW = 1_800_000_000.0


def test_every_part_is_frozen(reference):
    """A detector's view is immutable, and exists before the first sample."""
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)
    empty = watched.view(NOW).parts
    watched.add(like_the_reference(200, 1), NOW)
    filled = watched.view(NOW).parts
    assert set(empty) == set(filled)
    for part in filled.values():
        if part is None:  # no view yet
            continue
        with pytest.raises(FrozenInstanceError):
            setattr(part, fields(part)[0].name, None)


def test_a_bare_reference_is_enough():
    """Every detector copes with a reference without traits."""
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, build({"a": np.arange(10.0)}, 10))
    watched.add(batch_of({"a": np.arange(5.0)}), NOW)
    assert set(watched.view(NOW).parts) <= set(DETECTORS)


def test_every_file_is_registered():
    """A detector without its registration line fails here."""
    files = {module.name for module in pkgutil.iter_modules(detectors.__path__) if not module.name.startswith("_")}
    assert {kind.build.__module__.split(".")[-2] for kind in DETECTORS.values()} == files
