"""Items of an array decoded by their common shape give what the general path gives: it is the oracle."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inference_exporter.decode import _items
from inference_exporter.decode._array import ArrayReader
from inference_exporter.decode._compiled import CompiledRecords, is_compiled
from inference_exporter.decode._items import LEAST_ITEMS
from inference_exporter.decode._limits import TEXT_LENGTH_AT_MOST
from inference_exporter.decode._shape import Leaves, Shape
from inference_exporter.decode._structure import structure_of
from inference_exporter.errors import DecodeError
from inference_exporter.samples.transposed import Transposed
from records_of_shapes import decoded, filler, odd, regular

pytestmark = pytest.mark.skipif(not is_compiled(), reason="installed without a C compiler")

PREDICTION = Shape(("prediction",), Leaves(("prediction",), ("number",)), ())
separators = st.sampled_from([b",", b", ", b",\n", b" , ", b"\r\n,\t"])


def read(body: bytes, size: int):
    """Return the blocks of an array that comes in pieces."""
    return ArrayReader(iter([body[start : start + size] for start in range(1, len(body), size)])).read()


def outcome(body: bytes, size: int = 1 << 17):
    """Return samples and rejections of an array, and why it was refused, if it was."""
    blocks = []
    try:
        blocks += read(body, size)
    except DecodeError as error:
        return decoded(blocks), str(error)
    return decoded(blocks), ""


def general(body: bytes, size: int = 1 << 17):
    """Return the same without shapes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_items, "SHAPES_TRIED", 0)
        return outcome(body, size)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.one_of(regular(), odd(), st.binary(max_size=4)), max_size=12),
    separators,
    st.sampled_from([b"]", b" \n]\n", b"", b"]x", b",]", b"}"]),
    st.integers(200, 9000),
)
@example([b'{"features": {"a": 1, "b": "x"}, "prediction": "no"}', b"", b"]"], b",", b"]", 1000)
def test_shape_gives_what_the_general_path_gives(some, separator, end, size):
    """Any items among items of one shape become the same samples and rejections on both paths, up to the same end."""
    body = b"[" + separator.join([*filler(LEAST_ITEMS), *some, *filler(20)]) + end
    assert outcome(body, size) == general(body, size)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.one_of(regular(), odd()), min_size=1, max_size=20), separators)
def test_any_first_items_are_right(first, separator):
    """Whatever the items are that teach the shape, samples and rejections are those of the general path."""
    body = b"[" + separator.join([*first, *filler(2 * LEAST_ITEMS)]) + b"]"
    assert outcome(body) == general(body)


@given(st.binary(max_size=60) | st.text('{}[],:"\\ a1\n', max_size=40).map(str.encode))
def test_items_end_where_the_scan_says(text):
    """Items that do not fit end at the commas and at the bracket that the scan of the general path finds."""
    structure = structure_of(text or b" ")
    ends = [*structure.commas, *([structure.close] if structure.close >= 0 else [])]
    number, items, place, is_closed = CompiledRecords(PREDICTION, {}).add_items(text, 3)
    starts = [0, *(end + 1 for end in ends)]
    assert items == [(text[start:end], 3 + i) for i, (start, end) in enumerate(zip(starts, ends, strict=False))]
    assert (number, place, is_closed) == (len(ends), starts[len(ends)], structure.close >= 0)


@given(st.integers(0, 200))
def test_an_incomplete_item_waits(cut):
    """The last item of a text is read once its end is there, and never twice."""
    text = b'{"prediction":1} , {"prediction":"]"},{"prediction":12},\n{"prediction":3}]'
    cut = min(cut, len(text))
    records = CompiledRecords(PREDICTION, {})
    first, odd_ones, place, is_closed = records.add_items(text[:cut], 0)
    second, more, _, ends = records.add_items(text[place:], first)
    assert first + second == 4 and (ends or is_closed)
    assert [item for item, _ in odd_ones + more] == [b' {"prediction":"]"}']
    transposed, indices = records.take()
    assert transposed.fields["prediction"].tolist() == [1, 12, 3] and list(indices) == [0, 2, 3]


def test_long_items_are_left_out_without_a_trace():
    """An item beyond the bound of its length goes to the general path, and its texts are in no vocabulary."""
    shape = Shape(("prediction",), Leaves(("prediction",), ("text",)), ())
    records = CompiledRecords(shape, {})
    long = b'{"prediction":"' + b"x" * TEXT_LENGTH_AT_MOST + b'"}'
    _, items, _, _ = records.add_items(b'{"prediction":"a"},' + long + b"]", 0)
    assert items == [(long, 1)]
    assert records.take()[0].fields["prediction"].values == ("a",)


def test_thousands_of_items_of_one_shape_are_one_block():
    """Items of one shape reach the engine together, as columns."""
    items = filler(1500)
    (block,) = read(b"[" + b",".join(items) + b"]", 1 << 17)
    assert isinstance(block.values, Transposed) and len(block.values) == 1500
    assert isinstance(block.values.fields["features"]["a"], np.ndarray)
    assert list(block.values) == [json.loads(item) for item in items]


def test_wide_items_are_read_by_shape_too():
    """A few items are enough to learn from if they are long."""
    items = [{"features": {f"f{i}": i + row / 4 for i in range(1000)}, "prediction": row} for row in range(40)]
    (block,) = read(json.dumps(items).encode(), 1 << 17)
    assert isinstance(block.values, Transposed) and list(block.values) == items
