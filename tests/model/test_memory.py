"""Memory shared by models."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.model.memory import Pool, batch_bytes
from inference_exporter.samples.batch import Batch, ModelKey


def test_no_more_is_held_than_there_is():
    """However many take at the same time, the sum stays within the size."""
    pool = Pool(1000)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: pool.take(3), range(2000)))
    assert sum(taken) == 333
    assert pool.held == 999
    pool.give_back(999)
    assert pool.take(1000)


def test_a_batch_weighs_what_its_columns_hold():
    """Numbers, texts, vectors and dictionaries are all counted."""
    size = 100
    batch = Batch(
        size,
        ModelKey("m"),
        np.zeros(size),
        features={
            "numbers": np.zeros(size),
            "texts": ["x" * 1000 for _ in range(size)],
            "vectors": [[0.5 + i] * 50 for i in range(size)],
            "codes": DictionaryColumn(np.zeros(size, dtype=np.intp), ("v" * 5000,)),
        },
        ids=["i" * 100 for _ in range(size)],
    )
    assert 250_000 < batch_bytes(batch) < 600_000
