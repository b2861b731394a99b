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
