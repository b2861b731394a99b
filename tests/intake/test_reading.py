"""How a body is read: by what its bytes and headers prove, else by what is declared."""

import pytest
from inference_exporter.errors import DecodeError
from inference_exporter.intake.reading import chosen, declared


@pytest.mark.parametrize(
    ("body", "headers", "key"),
    [
        (b'{"a": 1}', {}, "json"),
        (b'{"a": 1}', {"content-type": "application/x-ndjson; charset=utf-8"}, "ndjson"),
        (b"a,b\n1,2", {"content-type": "text/csv"}, "csv"),
        (b'{"inputs": [{"parameters": {"binary_data_size": 4}}]}1234', {"content-type": "application/json"},
         "binary_tensors"),
        (b"1234", {"inference-header-content-length": "0", "content-type": "x/y"}, "binary_tensors"),
    ],
)  # fmt: skip
def test_the_format_of_a_body(body, headers, key):
    """Bytes win over headers, and no byte is lost."""
    wire_format, chunks = chosen([body[:1], body[1:]], headers)
    assert (wire_format.key, b"".join(chunks)) == (key, body)


def test_an_unknown_type_says_what_is_known():
    """The answer lists types that are read."""
    with pytest.raises(DecodeError, match=r"expected content type .*application/json.*, got 'x/y'"):
        declared("x/y")


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [("iso-8859-1", "text/csv; charset=ISO-8859-1"), ("utf-16", "text/csv"), ("utf-8", 'text/csv; charset="utf-8"'),
     ("utf-8", "text/csv; charset=zlib"), ("utf-8", "text/csv; charset=nonsense")],
)  # fmt: skip
def test_texts_arrive_in_utf8(charset, content_type):
    """A text is read in its declared charset, or by its byte order mark, wherever it is cut."""
    body = "id,country\n1,Côte".encode(charset)
    for cut in range(1, len(body)):
        _, chunks = chosen([body[:cut], body[cut:]], {"content-type": content_type})
        assert b"".join(chunks).decode().lstrip("\ufeff") == "id,country\n1,Côte"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"id,age,prediction\n1,2,ok\n", "csv"),
        (b"age;outcome\r\n1;2\r\n", "csv"),
        (b"hello, world\nfoo, bar\n", "json"),
        (b'{"id": 1, "a": 2}\n{"id": 2}\n', "json"),
        (b"id,age", "json"),
        (b"id=1,age=2\nid,age", "json"),
    ],
)
def test_csv_without_a_type_is_recognised(body, key):
    """A body of no declared type is CSV only if its header has a name of a sample's fields and rows follow."""
    for content_type in ("", "application/octet-stream", "application/x-www-form-urlencoded"):
        assert chosen([body], {"content-type": content_type})[0].key == key
