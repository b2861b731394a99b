"""Bodies behind the id of a schema, as serializers of schema registries write them."""

import zlib

import pytest
from inference_exporter.decode.registry_framing import read, recognises
from inference_exporter.errors import DecodeError

DOCUMENT = b'{"features": {"age": 31}, "prediction": "ok"}'
CONFLUENT = b"\x00\x00\x00\x00\x07"
GUID = b"\x01" + bytes(range(16))
GLUE = b"\x03\x00" + bytes(range(16))
GLUE_DEFLATED = b"\x03\x05" + bytes(range(16))


@pytest.mark.parametrize(
    "body",
    [CONFLUENT + DOCUMENT, GUID + DOCUMENT, GLUE + DOCUMENT, GLUE_DEFLATED + zlib.compress(DOCUMENT)],
    ids=["Confluent", "Confluent with a GUID", "Glue", "Glue, deflated"],
)
@pytest.mark.parametrize("content_type", ["", "application/json", "application/octet-stream"])
def test_json_behind_an_id_is_read(body, content_type):
    """The document is what follows the id, whatever the content type."""
    assert recognises(body[:32], {"content-type": content_type})
    (rows,) = read([body[:9], body[9:]])
    assert list(rows.values) == [{"features": {"age": 31}, "prediction": "ok"}]


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/json", "text/csv; charset=utf-8"])
@pytest.mark.parametrize("body", [b"\x00" + DOCUMENT, b"\x00\x00 age,country\n31,FR\n", b"\x00"])
def test_a_stray_zero_is_no_id(body, content_type):
    """A body of a declared type with a zero in front is read as declared."""
    assert not recognises(body[:32], {"content-type": content_type})


def test_other_encodings_need_the_registry():
    """Avro behind an id is refused with a reason."""
    assert recognises(CONFLUENT + b"\x06\x02ok and more", {})
    with pytest.raises(DecodeError, match="need the registry"):
        list(read([CONFLUENT + b"\x06\x02ok"]))
