"""A model whose scores are biased in a known way."""

import numpy as np
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
NOW = 1_800_000_000.0


def drawn(random, n, shape=(1.0, 1.0)):
    """Return scores, and outcomes that are rarer than the scores say: with probability score squared."""
    score = random.beta(*shape, n)
    return score, random.random(n) < score**2


def batch_of(score, when=NOW, **parts):
    """Return samples of a binary model."""
    prediction = np.where(score > 0.5, "yes", "no").tolist()
    return Batch(len(score), KEY, np.full(len(score), when), features={"x": score}, prediction=prediction,
                 scores={"yes": score}, **parts)  # fmt: skip


def reference_of(random, n=5000, with_outcome=True):
    """Return a reference, with or without outcomes."""
    score, hit = drawn(random, n)
    outcome = np.where(hit, "yes", "no").tolist() if with_outcome else None
    return learn(batch_of(score), in_order=False, created=NOW, outcome=outcome)
