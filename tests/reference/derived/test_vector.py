"""Numbers derived from vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.reference.derived import vector

VECTORS = arrays(np.float64, st.tuples(st.integers(3, 20), st.integers(2, 8)), elements=st.floats(-1e6, 1e6))


@given(VECTORS)
def test_norm_and_distance_are_those_of_numpy(vectors):
    """Length and distance from the centroid are Euclidean."""
    content, _ = vector.learn(vectors.tolist())
    parts = vector.read(content)(vectors.tolist())
    centroid = vectors.mean(axis=0)
    assert parts["norm"] == pytest.approx(np.linalg.norm(vectors, axis=1))
    assert parts["centroid_distance"] == pytest.approx(np.linalg.norm(vectors - centroid, axis=1), abs=1e-6)


@given(VECTORS)
def test_a_learned_row_is_measured_against_the_others(vectors):
    """The reference's distances are from the centroid of all other rows, like those of later rows."""
    _, parts = vector.learn(vectors.tolist())
    others = [np.delete(vectors, row, axis=0).mean(axis=0) for row in range(len(vectors))]
    expected = np.linalg.norm(vectors - np.array(others), axis=1)
    assert parts["centroid_distance"] == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_what_is_no_such_vector_is_invalid_and_none_is_missing():
    """Another length, text, a number, something not finite: infinite; None: NaN; in lists and in arrays alike."""
    content, _ = vector.learn([[1.0, 2.0], [3.0, 4.0]])
    derive = vector.read(content)
    column = [
        [3, 4],
        None,
        [1.0],
        "text",
        7.0,
        [1.0, None],
        [1.0, float("inf")],
        ["a", "b"],
        {"a": 1},
        [[1, 2], [3, 4]],
    ]
    for values in derive(column).values():
        assert np.isnan(values[1]) and np.isinf(values[2:]).all()
    assert derive(column)["norm"][0] == 5.0
    for values in derive(np.array([1.0, np.nan])).values():
        assert np.isinf(values[0]) and np.isnan(values[1])
    assert np.isinf(derive([[1.0], [2.0]])["norm"]).all()
    assert derive(np.array([[3.0, 4.0]]))["norm"].tolist() == [5.0]


@pytest.mark.parametrize(
    ("column", "looks"),
    [
        ([[1.0, 2.0]] * 9 + [None], True),
        ([[1.0, 2.0]] * 9 + [[1.0]], True),
        ([[1.0, 2.0]] * 5 + [[1.0]] * 5, False),
        ([["a", "b"]] * 5, False),
        (["a", "b"], False),
        ([1.0, None], False),
        ([None], False),
    ],
)
def test_vectors_are_recognised(column, looks):
    """Lists of numbers of one length are vectors; a tenth may be something else."""
    assert vector.looks_like_vectors(column) is looks


def test_broken_content_is_rejected():
    """A centroid with another length than the vectors raises ValueError."""
    content, _ = vector.learn([[1.0, 2.0]])
    with pytest.raises(ValueError, match="expected a centroid of 3 numbers, got 2"):
        vector.read({**content, "length": 3})


def test_a_column_without_vectors_is_learned():
    """A column that is a vector only by configuration is learned, all of it invalid."""
    _, parts = vector.learn(["a", None])
    assert np.isinf(parts["norm"][0]) and np.isnan(parts["norm"][1])
