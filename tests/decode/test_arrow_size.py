"""Arrow streams that become far larger than they are."""

from io import BytesIO

import numpy as np
import pytest
from inference_exporter.decode.arrow_stream import read_stream
from inference_exporter.errors import DecodeError

pa = pytest.importorskip("pyarrow")


def stream(array, compression=None, name="a"):
    """Return a stream of one record batch with one feature."""
    batch = pa.RecordBatch.from_arrays([pa.StructArray.from_arrays([array], [name])], ["features"])
    written = BytesIO()
    with pa.ipc.new_stream(written, batch.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_batch(batch)
    return written.getvalue()


def values(body):
    """Return the feature of a stream."""
    [columns] = read_stream([body])
    return next(iter(columns.fields["features"].values()))


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
class TestCompressed:
    def test_is_read(self, compression):
        """A stream of ordinary size is read as it is without compression."""
        assert values(stream(pa.array(np.arange(1000.0)), compression)).tolist() == list(range(1000))

    def test_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(self, compression):
        """A few kilobytes that stand for 80 MB are answered 413."""
        with pytest.raises(DecodeError, match="once unpacked") as refused:
            values(stream(pa.array(np.zeros(10_000_000)), compression))
        assert refused.value.status == 413


def test_rows_that_weigh_nothing_are_refused():
    """A column of nulls may have any length in no bytes at all."""
    with pytest.raises(DecodeError, match="rows more than bytes") as refused:
        values(stream(pa.nulls(10_000_000)))
    assert refused.value.status == 413
    assert values(stream(pa.nulls(100))) == [None] * 100


def test_a_dictionary_gives_each_text_once():
    """A long text that a hundred thousand rows name is one object, cut as any text; unused ones are not read."""
    texts = pa.array(["x" * 200_000, "b", "never used"])
    codes = pa.array([0, 1, None] * 1000, pa.int32())
    read = values(stream(pa.DictionaryArray.from_arrays(codes, texts)))
    assert read[:3] == ["x" * 65_536, "b", None]
    assert len(set(map(id, read))) == 3


def test_texts_are_cleaned_as_those_of_json():
    """NUL becomes the replacement character in values, in values of a dictionary and in names."""
    [columns] = read_stream([stream(pa.array(["x\0y", None]), name="a\0b")])
    assert columns.fields["features"] == {"a\ufffdb": ["x\ufffdy", None]}
    assert values(stream(pa.array(["x\0y", "x\0y"]).dictionary_encode())) == ["x\ufffdy"] * 2


def test_broken_metadata_is_left_to_the_reader():
    """Whatever bytes of a compressed stream are wrong, it is read or refused, and nothing else is raised."""
    body = bytearray(stream(pa.array(np.arange(100.0)), "lz4"))
    for place in range(0, len(body), 7):
        broken = body.copy()
        broken[place] ^= 0xFF
        try:
            for _ in read_stream([bytes(broken)]):
                pass
        except DecodeError:
            pass
