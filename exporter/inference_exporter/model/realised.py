"""Puts together what follows realised performance: windows, breakdowns, concept drift, the check of estimates."""

from ..config.schema import ModelConfig, Window
from ..reference.grid import Grid
from ..reference.reference import Reference
from ..samples.batch import Batch
from .broken_down import breakdowns_of
from .concept_drift import concept_drift_of
from .estimate_check import estimate_check_of
from .memory import Pool
from .performance import Performance, accumulator_of
from .performance_totals import RegressionAccumulator


def performance_of(
    config: ModelConfig,
    windows: tuple[Window, ...],
    reference: Reference | None,
    grid: Grid | None,
    batch: Batch,
    memory: Pool,
) -> Performance:
    """Return what follows the performance of a model; the first batch with ids decides what the reference does not."""
    accumulator = accumulator_of(config, reference, batch)
    return Performance(
        accumulator,
        config.outcomes,
        windows,
        memory,
        breakdowns_of(config, grid, accumulator),
        concept_drift_of(config, reference, isinstance(accumulator, RegressionAccumulator)),
        estimate_check_of(reference, windows, config.drift.minimum_samples),
    )
