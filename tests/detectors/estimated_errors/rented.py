"""A regressor whose errors grow with its prediction, and with one of two features."""

import numpy as np
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("rent", "1", "champion")
NOW = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


def drawn(random, n, favour=0.0, times_worse=1.0):
    """Return predictions, the two features, and outcomes; `favour` draws more large predictions and old houses."""
    prediction = 100 * random.beta(2 + favour, 2, n)
    age = np.where(random.random(n) < 0.3 + 0.1 * favour, "old", "new").tolist()
    other = random.random(n)
    spread = times_worse * (1 + prediction / 50) * np.where(np.array(age) == "old", 3.0, 1.0)
    return prediction, {"age": age, "other": other}, prediction + spread * random.standard_normal(n)


def batch_of(prediction, features, when=NOW, **parts):
    """Return samples."""
    times = np.full(len(prediction), when)
    return Batch(len(prediction), KEY, times, features=features, prediction=prediction, **parts)


def reference_of(random, n=5000, with_outcome=True):
    """Return a reference, with or without outcomes."""
    prediction, features, outcome = drawn(random, n)
    return learn(batch_of(prediction, features), in_order=False, created=NOW, task="regression",
                 outcome=outcome if with_outcome else None)  # fmt: skip


def monitor_of(reference, **config):
    """Return a monitor of the model."""
    return Monitor(KEY, ModelConfig("rent", "1", drift=DriftConfig(minimum_samples=50), **config), WINDOWS, reference)
