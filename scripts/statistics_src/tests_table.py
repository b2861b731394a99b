"""The table of the verdict's tests, from the code."""

import numpy as np
from inference_exporter.config.schema import DriftConfig
from inference_exporter.measures.evidence import TESTS
from inference_exporter.measures.evidence._base import Thresholds
from inference_exporter.verdict.decision import weight_of

from .effort import Effort
from .page import Measured, table


def measure(effort: Effort) -> Measured:
    """Return the table of tests."""
    drift = DriftConfig()
    thresholds = Thresholds(np.array([drift.threshold]), np.array([drift.share_threshold]))
    rows = []
    for key, test in TESTS.items():
        least = float(test.threshold(thresholds)[0])
        rows.append((f"`{key}`", test.sees, test.statistic, test.matters(least), f"{100 * weight_of(key):.0f} %"))
    header = ("Test", "Sees", "Statistic", "Matters from", "Weight")
    return Measured({"tests": table(header, rows, left=4)})
