"""Reconstruction error."""

import numpy as np
import pytest
from inference_exporter.detectors.multivariate.measures._base import mean_of
from inference_exporter.detectors.multivariate.measures.reconstruction import Reconstruction, errors, learn


def plane(random, n):
    """Return rows of six features close to a two-dimensional plane."""
    return (random.standard_normal((n, 2)) @ random_plane + 0.1 * random.standard_normal((n, 6))).astype(np.float32)


random_plane = np.random.default_rng(0).standard_normal((2, 6))


def test_errors_are_distances_from_the_plane():
    """The error is the squared distance from the plane of the components."""
    random = np.random.default_rng(1)
    rows = random.standard_normal((50, 5)).astype(np.float32)
    basis, _ = np.linalg.qr(random.standard_normal((5, 2)))
    expected = np.square(rows - rows @ basis @ basis.T).sum(axis=1)
    assert errors(rows, basis.astype(np.float32)) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_rows_off_the_plane_are_seen():
    """Rows off the plane have several times the reference's error; rows on it have the same."""
    random = np.random.default_rng(2)
    summary = Reconstruction(learn(plane(random, 4000), 7))
    near = summary.read(mean_of(summary, plane(random, 500)), 500)
    assert near.value == pytest.approx(1, abs=0.2)
    assert near.pvalue > 1e-3
    far = plane(random, 500)
    far[:, 3] = -far[:, 3]
    reading = summary.read(mean_of(summary, far), 500)
    assert reading.value > 5
    assert reading.pvalue < 1e-12


def test_one_outlier_proves_nothing():
    """The p-value uses ranks: a row with an error of a million counts no more than the worst of the reference."""
    random = np.random.default_rng(3)
    summary = Reconstruction(learn(plane(random, 4000), 7))
    window = plane(random, 500)
    window[0] = 1000 * np.arange(6)
    assert summary.read(mean_of(summary, window), 500).pvalue > 1e-3


def test_a_broken_content_is_told():
    """A number of scores that differs from that of quantiles raises ValueError."""
    content = learn(plane(np.random.default_rng(1), 300), 7)
    with pytest.raises(ValueError, match="expected as many scores as quantiles"):
        Reconstruction({**content, "scores": ""})
