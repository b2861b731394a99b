"""Documents one after another: each is found, and what breaks off costs only what follows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.values.concatenated import documents_one_after_another

DOCUMENTS = st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.floats(allow_nan=False))))


@given(DOCUMENTS, st.sampled_from(["", " ", "\n", "\x1e", "\r\n"]), st.sampled_from([None, 2]))
def test_every_document_is_found(documents, between, indent):
    """Whatever is between documents, and however they are indented, they come back as they were."""
    text = between.join(json.dumps(each, indent=indent) for each in documents)
    found, fault = documents_one_after_another(text)
    assert ([json.loads(each) for each in found], fault) == (documents, "")


@pytest.mark.parametrize(
    ("text", "found"),
    [('{"a":1}{"b":', 1), ('{"a":1}x', 1), ('{"a":1},{"b":2}', 1), ("7 8", 0), ("[" * 100_000, 0)],
    ids=["cut", "garbage", "comma", "single values", "deep"],
)
def test_what_is_no_document_ends_the_list(text, found):
    """Documents before a fault are kept, and the fault says where it is."""
    documents, fault = documents_one_after_another(text)
    assert len(documents) == found
    assert fault
