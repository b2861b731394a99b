"""Tensors of the Open Inference Protocol V2, plain and as proto-JSON."""

import pytest
from inference_exporter.payloads._base import UnreadablePayload
from inference_exporter.payloads.bodies import read_request
from inference_exporter.payloads.tensors import Tensor, columns_of, tensors_of


@pytest.mark.parametrize(
    ("contents", "values"),
    [
        ({"fp32Contents": [10, 20]}, [10, 20]),
        ({"fp64_contents": [1.5, 2.5]}, [1.5, 2.5]),
        ({"int64Contents": ["9007199254740993", "2"]}, [9007199254740993, 2]),
        ({"bytesContents": ["RlI=", "REU="]}, ["FR", "DE"]),
        ({"boolContents": [True, False]}, [True, False]),
        ({"int64Contents": ["many", "2"]}, ["many", 2]),
    ],
)
def test_proto_json(contents, values):
    """Integers of 64 bits come as text, bytes as base64; a value that is neither stays as it is."""
    [tensor] = tensors_of([{"name": "x", "datatype": "?", "shape": ["2"], "contents": contents}])
    assert columns_of([tensor]) == {"x": values}


def test_nested_and_flat_values_are_the_same():
    """Values may be nested as the shape is, or flat in row-major order."""
    flat, nested = Tensor("x", [2, 3], [1, 2, 3, 4, 5, 6]), Tensor("x", [2, 3], [[1, 2, 3], [4, 5, 6]])
    assert flat.rows() == nested.rows() == [[1, 2, 3], [4, 5, 6]]


def test_a_higher_tensor_has_a_row_for_each_of_its_batch():
    """The first dimension is the batch; all others are columns."""
    assert Tensor("x", [2, 1, 2], [1, 2, 3, 4]).rows() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("shape", "values", "message"),
    [
        (["a"], [1], "expected a shape of integers"),
        ([2], [1], r"expected \(2,\) values, got 1"),
        ([2], "12", "expected a list of values, got str"),
        ([2], [1, [2]], "nested to one depth"),
        (5, [1], "expected a shape of integers"),
    ],
)
def test_a_broken_tensor_says_why(shape, values, message):
    """The message names the tensor and what was expected."""
    with pytest.raises(UnreadablePayload, match=message):
        Tensor("x", shape, values).rows()


@pytest.mark.parametrize("value", [[], [1, 2], [{"a": 1}], {"name": "x"}, "x", None])
def test_other_values_are_not_tensors(value):
    """Tensors are objects with a name and a shape or a type."""
    assert tensors_of(value) is None


def test_rows_without_values_are_refused():
    """A shape of many empty rows costs no memory."""
    tensor = {"name": "x", "shape": [10**12, 0], "datatype": "FP32", "data": []}
    with pytest.raises(UnreadablePayload, match="expected rows with values"):
        read_request({"inputs": [tensor]})
