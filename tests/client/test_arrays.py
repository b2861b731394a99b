"""Arrays are read as rows and as probabilities, without importing their libraries."""

import numpy as np
import pytest
from inference_exporter.client.arrays import CELLS_AT_MOST, columns_of_array, dense, positional, probabilities
from scipy.sparse import csr_matrix


def test_columns_by_name_or_position():
    """Columns have the names that are known, if there are as many, else their position."""
    array = np.array([[1, 2], [3, 4]])
    assert columns_of_array(array, ["a", "b"]) == {"a": [1, 3], "b": [2, 4]}
    assert columns_of_array(array, ["a"]) == {"feature_0": [1, 3], "feature_1": [2, 4]}
    assert columns_of_array(np.array([1, 2]), ["a", "b"]) == {"a": [1], "b": [2]}
    assert columns_of_array(csr_matrix(array), ()) == columns_of_array(array, ())


@pytest.mark.parametrize("value", [None, 5, "text", {"a": 1}, np.zeros((1, 2, 3)), np.float64(1)])
def test_what_is_no_table(value):
    """Anything but an array of one or two dimensions has no columns."""
    assert columns_of_array(value, ()) is None


def test_an_array_too_large_is_left_out():
    """Reading it would hold up the caller; it costs nothing."""
    assert columns_of_array(np.broadcast_to(np.float32(0), (CELLS_AT_MOST + 1, 1)), ()) is None
    wide = csr_matrix((CELLS_AT_MOST, 2))
    assert dense(wide) is wide


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_probabilities(dtype):
    """Rows of at least two numbers that sum to 1 are probabilities."""
    shares = np.array([[0.25, 0.75], [0.9, 0.1]], dtype=dtype)
    assert probabilities(shares) == shares.tolist()


@pytest.mark.parametrize(
    "value",
    [
        np.array([[1.0], [1.0]]),
        np.array([0.5, 0.5]),
        np.array([[2.0, -1.0]]),
        np.array([["a", "b"]]),
        np.zeros((0, 2)),
        [1],
    ],
)
def test_no_probabilities(value):
    """A column, logits, texts, and no rows at all are none."""
    assert probabilities(value) is None


def test_positional_names():
    """Names are kept only if each column has one."""
    assert positional(["a"], 1) == ["a"]
    assert positional(["a"], 2) == ["feature_0", "feature_1"]
