"""Maximum mean discrepancy."""

import numpy as np
import pytest
from inference_exporter.detectors.multivariate.measures._base import mean_of
from inference_exporter.detectors.multivariate.measures.discrepancy import Discrepancy, frequencies, learn


def squared_mmd(x, y, bandwidth):
    """Return the squared discrepancy of two samples with their Gaussian kernel, unbiased, pair by pair."""

    def kernel(a, b):
        return np.exp(-np.square(a[:, np.newaxis] - b).sum(axis=2) / 2 / bandwidth**2)

    n, m = len(x), len(y)
    own = (kernel(x, x).sum() - n) / n / (n - 1) + (kernel(y, y).sum() - m) / m / (m - 1)
    return own - 2 * kernel(x, y).mean()


@pytest.mark.parametrize("shift", [0.3, 1.0, 3.0])
def test_it_is_the_discrepancy_of_the_gaussian_kernel(shift):
    """Random features are within a tenth of the kernel evaluated pair by pair."""
    random = np.random.default_rng(1)
    x, y = (random.standard_normal((900, 3)).astype(np.float32) for _ in range(2))
    y[:, 0] += shift
    content = learn(x, 7)
    summary = Discrepancy(content)
    exact = np.sqrt(squared_mmd(x, y, content["bandwidth"]))
    assert summary.read(mean_of(summary, y), len(y)).value == pytest.approx(exact, rel=0.15)


@pytest.mark.parametrize("shift", [0.2, 0.3, 0.5])
def test_the_effect_is_a_shift_in_standard_deviations(shift):
    """If one feature moves by d standard deviations, the effect is about d."""
    random = np.random.default_rng(2)
    x, y = (random.standard_normal((20_000, 4)).astype(np.float32) for _ in range(2))
    y[:, 1] += shift
    summary = Discrepancy(learn(x, 7))
    assert summary.read(mean_of(summary, y), len(y)).effect == pytest.approx(shift, rel=0.25)


def test_one_outlier_is_nothing():
    """A row far away moves the mean by no more than its share."""
    random = np.random.default_rng(3)
    x, y = (random.standard_normal((2000, 3)).astype(np.float32) for _ in range(2))
    summary = Discrepancy(learn(x, 7))
    before = summary.read(mean_of(summary, y), 2000)
    y[0] = 1e6
    after = summary.read(mean_of(summary, y), 2000)
    assert abs(after.value - before.value) < 0.01


def test_frequencies_never_change():
    """The frequencies of a seed never change, because references were learned with them."""
    drawn = frequencies(2, 2.0, 7)
    assert drawn[:, :2].tolist() == pytest.approx(
        np.array([[0.84526283, -0.23296863], [-1.1125325, -0.9088259]]), abs=9
    )
    assert (drawn == frequencies(2, 2.0, 7)).all()


def test_a_broken_content_is_told():
    """A mean of the wrong size raises ValueError."""
    content = learn(np.random.default_rng(1).standard_normal((200, 2)).astype(np.float32), 7)
    with pytest.raises(ValueError, match="expected a mean of 256"):
        Discrepancy({**content, "mean": ""})
