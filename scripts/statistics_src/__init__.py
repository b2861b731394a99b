"""The measured sections of docs/statistics.md, one per module; each line below registers one."""

from collections.abc import Callable

from . import alarms, baselines, budget, measures, near, power, resolution, tails, tests_table, variation
from .effort import Effort
from .page import Measured

SECTIONS: dict[str, Callable[[Effort], Measured]] = {
    "tests": tests_table.measure,
    "budget": budget.measure,
    "alarms": alarms.measure,
    "tails": tails.measure,
    "near": near.measure,
    "power": power.measure,
    "measures": measures.measure,
    "variation": variation.measure,
    "baselines": baselines.measure,
    "resolution": resolution.measure,
}
