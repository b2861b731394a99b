"""The breakdowns of one model: which there are, and what a window shows of them."""

from collections.abc import Mapping

from ..config.schema import ModelConfig
from ..detectors.attributions.importance import importances_of
from ..reference.grid import Grid
from .breakdowns import Breakdown, Breakdowns
from .components import ComponentBreakdown, Totals
from .error_check import error_breakdown_of
from .performance import Performance
from .performance_totals import Accumulator, RegressionAccumulator
from .slices import SliceBreakdown, SlicedTraffic, SlicesView, SliceTotals, configured, searched

SLICES, SEARCHED = "slices", "searched"


def breakdowns_of(config: ModelConfig, grid: Grid | None, accumulator: Accumulator) -> list[Breakdown]:
    """Return the breakdowns that are configured, or that the reference has components for; usually none."""
    reference = grid.reference if grid else None
    predictions = reference.of_group("prediction") if reference else []
    # Errors are measured in units of this spread, which bounds what one outlier may add to a sum.
    spread = predictions[0].stddev if predictions and predictions[0].numeric else 1.0
    found: list[Breakdown] = []
    if config.slices:
        found.append(SliceBreakdown(SLICES, configured(config, reference), accumulator, spread, detailed=True))
    # The search is apart from configured slices: it needs no confusion of classes, which would take most of the memory.
    if grid is not None and (wanted := searched(config, grid.reference, importances_of(grid, config))):
        found.append(SliceBreakdown(SEARCHED, wanted, accumulator, spread, detailed=False))
    if reference is not None and (components := ComponentBreakdown(reference, accumulator)).width:
        found.append(components)
    if isinstance(accumulator, RegressionAccumulator):
        errors = error_breakdown_of(reference, config.drift.minimum_samples)
        found += [errors] if errors is not None else []
    return found


def sliced_window(
    traffic: SlicedTraffic | None, performance: Performance | None, name: str, now: float
) -> tuple[SlicesView | None, Mapping[str, Totals]]:
    """Return the slices and the components of a window."""
    breakdowns = performance.breakdowns if performance else None
    totals = {key: _totals(breakdowns, key, name, now) for key in (SLICES, SEARCHED)}
    components: Mapping[str, Totals] = {}
    if breakdowns is not None:
        for part in breakdowns.parts:
            if isinstance(part, ComponentBreakdown):
                components = part.view(*breakdowns.totals(part.key, name, now))
    if traffic is None and not any(totals.values()):
        return None, components
    return SlicesView(traffic.view(name, now) if traffic else [], totals[SLICES], totals[SEARCHED]), components


def _totals(breakdowns: Breakdowns | None, key: str, name: str, now: float) -> list[SliceTotals]:
    for part in breakdowns.parts if breakdowns else ():
        if isinstance(part, SliceBreakdown) and part.key == key and breakdowns is not None:
            return part.view(*breakdowns.totals(key, name, now))
    return []
