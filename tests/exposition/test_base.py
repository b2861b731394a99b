"""Labels as the text between the braces."""

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.exposition._base import joined, labels, model_labels
from inference_exporter.samples.batch import ModelKey
from prometheus_client.parser import text_string_to_metric_families

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_values_are_quoted_and_escaped():
    """Backslash, quote and newline are escaped."""
    assert labels(a="x", b='q"\\\n') == r'a="x",b="q\"\\\n"'


def test_empty_values_are_left_out():
    """Empty labels are omitted, because Prometheus treats them as absent."""
    assert labels(a="", b="x", c="") == 'b="x"'
    assert labels(a="") == ""


def test_every_model_series_carries_three():
    """Model, version and variant, in this order."""
    assert model_labels(ModelKey("fraud", "7", "shadow")) == 'model="fraud",version="7",variant="shadow"'


def test_parts_are_joined_where_there_are_some():
    """Empty parts add no comma."""
    assert joined('a="1"', "", 'b="2"') == 'a="1",b="2"'
    assert joined("", "") == ""


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), TEXT, min_size=1))
def test_prometheus_reads_back_what_was_said(values):
    """Any name is read back unchanged, except that NUL, which Prometheus refuses, becomes U+FFFD."""
    (family,) = text_string_to_metric_families(f"x{{{labels(**values)}}} 1\n")
    assert family.samples[0].labels == {name: value.replace("\0", "\ufffd") for name, value in values.items() if value}
