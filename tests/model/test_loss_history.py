"""History of losses: bounded blocks that lose no outcome."""

import numpy as np
from inference_exporter.model.loss_history import BLOCK_SIZE, MOST_BLOCKS, LossHistory


def test_blocks_are_bounded_and_lose_nothing():
    """However many losses arrive, and in whatever portions, their number and sums stay exact."""
    random, history, every = np.random.default_rng(3), LossHistory(), []
    for time in range(300):
        losses = random.integers(0, 2, random.integers(1, 400)).astype(float)
        history.add(losses, float(time))
        every.append(losses)
    blocks, every = history.since(np.nan), np.concatenate(every)
    assert len(blocks) <= MOST_BLOCKS
    assert blocks[:, 0].sum() == len(every)
    assert blocks[:, 1].sum() == blocks[:, 2].sum() == every.sum()
    assert (np.diff(blocks[:, 3]) >= 0).all()
    ends = np.cumsum(blocks[:, 0]).astype(int)
    np.testing.assert_array_equal(np.cumsum(blocks[:, 1]), np.cumsum(every)[ends - 1])


def test_recent_blocks_are_the_finest():
    """The latest outcomes are in blocks of the smallest size, older ones in larger blocks."""
    history = LossHistory()
    for time in range(2000):
        history.add(np.zeros(BLOCK_SIZE), float(time))
    sizes = history.since(np.nan)[:, 0]
    assert (np.diff(sizes) <= 0).all()
    assert (sizes[-100:] == BLOCK_SIZE).all()


def test_single_losses_share_a_block():
    """Outcomes that come one by one fill a block together."""
    history = LossHistory()
    for time in range(3 * BLOCK_SIZE):
        history.add(np.ones(1), float(time))
    assert history.since(np.nan)[:, 0].tolist() == [BLOCK_SIZE] * 3
    assert len(history.since(BLOCK_SIZE - 1.0)) == 2
