"""Rendering, checked with prometheus-client's parsers: both formats have the same points, for any names."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.exposition import GROUPS
from inference_exporter.exposition._base import Family, counter, gauge, histogram, joined, labels, model_labels
from inference_exporter.exposition._blocks import LabelTexts
from inference_exporter.exposition.render import (
    OPENMETRICS_TEXT,
    PROMETHEUS_TEXT,
    Renderer,
    content_type_for,
    render,
)
from inference_exporter.model.part_views import Exemplar, LatencyHistogram
from inference_exporter.samples.batch import ModelKey
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

PARSERS = {
    PROMETHEUS_TEXT: text_string_to_metric_families,
    OPENMETRICS_TEXT: openmetrics.text_string_to_metric_families,
}


def points(families, content_type):
    """Return the points of a rendered scrape, as a parser reads them."""
    text = render(families, content_type).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in PARSERS[content_type](text)
        for sample in family.samples
    }


def test_both_formats_say_the_same(views):
    """Every group of every model has the same points in both formats, each once."""
    for group in GROUPS.values():
        families = list(group.families(views))
        text, modern = (points(families, content_type) for content_type in PARSERS)
        assert text.keys() == modern.keys()
        assert len(text) == sum(len(family.series) for family in families)
        assert [text[key] for key in text] == pytest.approx([modern[key] for key in text], nan_ok=True)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from([
    'quo"te', "back\\slash", "line\nbreak", "tab\t", "x} nan", "x} inf", " nan", "\r", "\x85\u2028", "\\n", "{},=",
])  # fmt: skip
VALUES = st.one_of(st.floats(), st.integers(-(2**60), 2**60))


@given(st.dictionaries(NAMES.filter(bool), VALUES, min_size=1, max_size=5))
def test_any_name_and_any_value_come_through(series):
    """Names with quotes or newlines, and non-finite values, are read back unchanged."""
    family = gauge("model_test", "A test.")
    for name, value in series.items():
        family.add(labels(feature=name), value)
    for content_type in PARSERS:
        found = {dict(names)["feature"]: value for (_, names), value in points([family], content_type).items()}
        assert found.keys() == series.keys()
        assert [found[name] for name in series] == pytest.approx([float(v) for v in series.values()], nan_ok=True)


@pytest.mark.parametrize("content_type", PARSERS)
def test_what_is_no_number_is_written_as_prometheus_does(content_type):
    """NaN and infinities are written as every parser expects, with and without labels."""
    family = gauge("model_test", "A test.")
    for number, value in enumerate((math.nan, math.inf, -math.inf)):
        family.add(labels(n=str(number)), value)
    family.add("", math.nan)
    lines = render([family], content_type).decode().splitlines()
    assert lines[2:6] == ['model_test{n="0"} NaN', 'model_test{n="1"} +Inf', 'model_test{n="2"} -Inf', "model_test NaN"]


def test_counters_are_named_as_each_format_asks():
    """``_total`` is part of a counter's name in the text format, and of its points in OpenMetrics."""
    family = counter("model_test_total", "A test.")
    family.add("", 5)
    assert render([family], PROMETHEUS_TEXT).decode().splitlines() == [
        "# HELP model_test_total A test.", "# TYPE model_test_total counter", "model_test_total 5",
    ]  # fmt: skip
    assert render([family], OPENMETRICS_TEXT).decode().splitlines() == [
        "# HELP model_test A test.", "# TYPE model_test counter", "model_test_total 5", "# EOF",
    ]  # fmt: skip


@pytest.fixture
def latency():
    family = histogram("model_test_seconds", "A test.")
    exemplars = {1: Exemplar('tr"a\\ce\n' + "x" * 200, 0.3, 1.8e9)}
    family.add_histogram(labels(model="m"), LatencyHistogram((0.1, 0.5), np.array([3, 2, 1]), 2.5, exemplars))
    return family


@pytest.mark.parametrize("content_type", PARSERS)
def test_histograms_are_cumulative(latency, content_type):
    """Buckets are cumulative, and the last equals the count."""
    found = points([latency], content_type)
    buckets = {dict(names)["le"]: value for (name, names), value in found.items() if name.endswith("_bucket")}
    assert buckets == {"0.1": 3, "0.5": 5, "+Inf": 6}
    assert found["model_test_seconds_sum", (("model", "m"),)] == 2.5
    assert found["model_test_seconds_count", (("model", "m"),)] == 6


def test_exemplars_are_in_openmetrics_only(latency):
    """OpenMetrics has exemplars with short trace ids that need no escaping."""
    assert b"trace_id" not in render([latency], PROMETHEUS_TEXT)
    (family,) = openmetrics.text_string_to_metric_families(render([latency], OPENMETRICS_TEXT).decode())
    (exemplar,) = [sample.exemplar for sample in family.samples if sample.exemplar]
    assert exemplar.labels["trace_id"].startswith("tracexxx")
    assert len(exemplar.labels["trace_id"]) <= 100
    assert (exemplar.value, float(exemplar.timestamp)) == (0.3, 1.8e9)


def test_empty_families_are_left_out():
    """A family without series is omitted."""
    assert render([Family("model_none", "gauge", "Nothing.")], PROMETHEUS_TEXT) == b""


def test_half_a_character_does_not_cost_the_scrape():
    """A lone surrogate in a name is replaced."""
    family = gauge("model_test", "A test.")
    family.add(labels(model="\ud800"), 1)
    assert render([family], PROMETHEUS_TEXT).decode().splitlines()[-1] == 'model_test{model="?"} 1'


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", PROMETHEUS_TEXT),
        ("text/plain;version=0.0.4", PROMETHEUS_TEXT),
        ("*/*", PROMETHEUS_TEXT),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            OPENMETRICS_TEXT,
        ),
    ],
)
def test_the_scraper_says_what_it_takes(accept, content_type):
    """OpenMetrics if the scraper accepts it, else the text format."""
    assert content_type_for(accept) == content_type


def test_labels_are_text_between_braces():
    """Empty labels are omitted; parts are joined."""
    assert labels(a="x", b="", c='"') == r'a="x",c="\""'
    assert joined(labels(a="x"), "", labels(b="y")) == 'a="x",b="y"'
    assert model_labels(ModelKey("m", "1", "shadow")) == 'model="m",version="1",variant="shadow"'


@given(st.lists(st.floats() | st.sampled_from([1e16, 9999999999999998.0, 1e-4, 9.999e-5, -1e-5, 5e-324, 0.0, -0.0])))
def test_a_block_of_values_is_written_as_each_alone(values):
    """Values of an array have the shortest text that gives the same number, as Python writes it."""
    family, alone = gauge("model_test", "A test."), gauge("model_test", "A test.")
    texts = [labels(feature=f"%b %{place}") for place in range(len(values))]
    family.add_all(texts, np.array(values))
    for text, value in zip(texts, values, strict=True):
        alone.add(text, value)
    assert render([family], PROMETHEUS_TEXT) == render([alone], PROMETHEUS_TEXT)


@pytest.mark.parametrize("number", [np.int64, np.int32, np.uint8])
def test_whole_numbers_of_a_block_have_no_point(number):
    """An array of integers is written as integers."""
    family = gauge("model_test", "A test.")
    family.add_all(["", 'a="b"'], np.array([3, 100], dtype=number))
    assert render([family], PROMETHEUS_TEXT).splitlines()[2:] == [b"model_test 3", b'model_test{a="b"} 100']


def test_a_block_needs_a_value_for_each_label():
    """A missing value is an error rather than a wrong line."""
    with pytest.raises(ValueError, match="2 label texts for 1 values"):
        gauge("model_test", "A test.").add_all(["a", "b"], np.ones(1))


def test_unchanged_blocks_are_the_same_bytes():
    """A renderer makes lines again only for values that changed."""
    renderer, texts = Renderer(PROMETHEUS_TEXT), (LabelTexts(['a="1"']), LabelTexts(['a="2"']))

    def lines(*values):
        family = gauge("model_test", "A test.")
        for text, value in zip(texts, values, strict=True):
            family.add_all(text, np.array([value]))
        return renderer.pieces([family])[1::2]

    first, second = lines(1.0, np.nan), lines(2.0, np.nan)
    assert second == [b'model_test{a="1"} 2.0\n', b'model_test{a="2"} NaN\n']
    assert first[0] != second[0] and first[1] is second[1]
