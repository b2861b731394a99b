"""Runs traffic through the product's windows, baselines and verdicts, in event time."""

from collections.abc import Mapping

import numpy as np
from inference_exporter.arrays import Column, Floats
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.model.histograms import Histograms
from inference_exporter.reference.reference import Reference
from inference_exporter.samples.batch import Batch, ModelKey


class Live:
    """One model with one window."""

    def __init__(self, reference: Reference, seconds: float, drift: DriftConfig | None = None) -> None:
        self._seconds = seconds
        config = ModelConfig("m", "1", drift=drift or DriftConfig())
        # A window expires in slots of a thirtieth of its length: add the rest.
        self._histograms = Histograms(reference, config, (Window("w", seconds * 31 / 30),))
        self._names = [column.name for column in self._histograms.grid.columns]

    def named(self, features: Mapping[str, Column], times: Floats) -> set[str]:
        """Return the drifted features after adding the samples of some seconds."""
        batch = Batch(len(times), ModelKey(), times, features=dict(features))
        now = float(times[-1])
        self._histograms.add(self._histograms.grid.locate(batch), times, now)
        verdict = self._histograms.view("w", now).drifted
        return {name for name, state in zip(self._names, verdict, strict=True) if state == 1}

    def empty(self, now: float) -> None:
        """Let a window run empty, so that no verdict remains."""
        self._histograms.view("w", now)


def spread_over(first: float, seconds: float, number: int) -> Floats:
    """Return evenly spaced times over some seconds."""
    return np.asarray(first + (np.arange(number) + 0.5) * seconds / number)
