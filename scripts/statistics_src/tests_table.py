"""The tests of the verdict, as the code has them."""

import numpy as np
from inference_exporter.config.schema import DriftConfig
from inference_exporter.measures.evidence import TESTS
from inference_exporter.measures.evidence._base import Thresholds

from .effort import Effort
from .page import Measured, table

ROWS = {
    "location": ("values moved up or down", "normal scores, saddlepoint tail", "{:.3f} standard deviations"),
    "scale": ("values spread more or less", "squared normal scores, saddlepoint tail", "a factor of {:.2f}"),
    "shape": ("any change of the histogram", "likelihood ratio of the buckets", "debiased PSI of {:g}"),
    "missing": ("more, or fewer, missing values", "exact (Fisher), 95 % of it upward", "{:.0f} % of all values"),
    "unseen": ("categories the reference never saw", "exact, against categories met once", "{:.0f} % of all values"),
    "out_of_range": ("numbers beyond the reference's extremes", "exact, against one value", "{:.0f} % of all values"),
    "invalid": ("values of a wrong type", "exact (Fisher)", "{:.0f} % of all values"),
}


def measure(effort: Effort) -> Measured:
    """Return the table of tests."""
    drift = DriftConfig()
    thresholds = Thresholds(np.array([drift.threshold]), np.array([drift.share_threshold]))
    rows = []
    for key, test in TESTS.items():
        sees, statistic, effect = ROWS[key]
        least = float(test.threshold(thresholds)[0])
        scale = np.exp(least) if key == "scale" else 100 * least if "%" in effect else least
        rows.append((f"`{key}`", sees, statistic, effect.format(scale), f"{100 * test.weight:.0f} %"))
    header = ("Test", "Sees", "Statistic", "Matters from", "Weight")
    rows.sort(key=lambda row: list(ROWS).index(row[0].strip("`")))
    return Measured({"tests": table(header, rows, left=4)})
