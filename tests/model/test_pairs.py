"""Pairs: predictions of two models for one request find each other in any order, in bounded memory."""

import random

import numpy as np
from inference_exporter.model.pairs import PairRing


def add(ring, side, ids, value):
    return ring.add(side, ids, np.full(len(ids), float(value)), np.full((len(ids), 1), float(value)))


def test_order_does_not_matter():
    """Champion, challenger and outcome complete a pair in any order; each pair is returned once with all three."""
    for order in ("abo", "aob", "oab", "bao", "boa"):
        ring, complete = PairRing(1000, 1), []
        for step in order:
            pairs = ring.join(["x"], np.array([7.0])) if step == "o" else add(ring, "ab".index(step), ["x"], 1)
            complete += pairs.outcome.tolist()
        # An outcome before both predictions is for its sender to repeat; after one of them it is kept.
        assert [value for value in complete if value == value] == ([] if order == "oab" else [7.0])


def test_repetitions_change_nothing():
    """The same id sent again by the same model, or with another outcome, makes no second pair."""
    ring = PairRing(1000, 1)
    add(ring, 0, ["x", "y", "x"], 1)
    assert len(add(ring, 1, ["x", "x"], 2).outcome) == 1
    assert len(add(ring, 1, ["x"], 3).outcome) == 0
    assert ring.join(["x"], np.array([1.0])).prediction.tolist() == [[1.0], [2.0]]
    assert len(ring.join(["x"], np.array([2.0])).outcome) == 0


def test_the_oldest_ids_make_room():
    """Beyond its capacity the ring forgets the oldest ids, and never pairs the wrong ones."""
    ring, draw = PairRing(1000, 1), random.Random(1)
    for number in range(60):
        ids = [str(draw.randrange(5000)) for _ in range(draw.randrange(1, 400))]
        side = number % 2
        values = np.array([float(name) for name in ids])
        pairs = ring.add(side, ids, values, values[:, None])
        assert (pairs.prediction[0] == pairs.prediction[1]).all()
    assert len(ring.add(0, [f"n{i}" for i in range(3000)], np.zeros(3000), np.zeros((3000, 1))).outcome) == 0
    assert len(add(ring, 1, [f"n{i}" for i in range(3000)], 0).outcome) <= 1000
