import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.durations import parse_duration
from inference_exporter.demo.scale import (
    Scale,
    format_duration,
    scale_of,
    scaled_alertmanager,
    scaled_prometheus,
    scaled_rules,
)

SCALE = Scale()
durations = st.builds(
    "{}{}".format, st.integers(min_value=1, max_value=500), st.sampled_from(["ms", "s", "m", "h", "d", "w"])
)
texts = st.text(st.characters(codec="ascii", exclude_characters='"\\\n'), max_size=20)

EXPRESSIONS = [
    ("rate(x[5m])", "rate(x[5s])"),
    ("rate(x[15s])", "rate(x[1s])"),
    ("max_over_time(rate(x[1h])[1d:30m])", "max_over_time(rate(x[1m])[24m:30s])"),
    ("max_over_time(x[1h:])", "max_over_time(x[1m:])"),
    ("x[ 1h : 5m ]", "x[1m:5s]"),
    ("x offset 1h", "x offset 1m"),
    ("x offset -1h30m", "x offset -1m30s"),
    ("x[2d] offset 15m", "x[48m] offset 15s"),
    ("x @ 1609746000 OFFSET 2m", "x @ 1609746000 OFFSET 2s"),
    ("sum by (offset) (x) > 600", "sum by (offset) (x) > 600"),
    ("job:offset 5 + rate5m", "job:offset 5 + rate5m"),
    ("x{a=\"[5m] offset 5m\",b='[1h]'} # [5m]", "x{a=\"[5m] offset 5m\",b='[1h]'} # [5m]"),
    (r'x{a="\"[5m]"}[1m]', r'x{a="\"[5m]"}[4s]'),
    ("label_replace(x[5m], `a`, `[5m]`)", "label_replace(x[5s], `a`, `[5m]`)"),
]


@pytest.mark.parametrize(("before", "after"), EXPRESSIONS)
def test_expressions(before, after):
    """Ranges, subqueries and offsets are scaled; strings, comments, names and numbers stay."""
    assert SCALE.expression(before) == after


@given(st.integers(min_value=0, max_value=10**12))
def test_durations_are_written_as_they_are_read(milliseconds):
    """Written durations parse to the same value, to the millisecond."""
    assert round(parse_duration(format_duration(milliseconds / 1000)) * 1000) == milliseconds


@given(texts, durations, durations, durations)
def test_everything_but_durations_is_kept(text, look_back, step, offset):
    """An expression keeps its shape: only the three kinds of durations may differ."""
    before = f'sum(x{{a="{text}"}}[{look_back}:{step}] offset {offset}) > 5'
    after = SCALE.expression(before)
    match = re.fullmatch(r"(.*)\[(\w+):(\w+)\] offset (\w+)\) > 5", after, re.DOTALL)
    assert match is not None
    assert match[1] == f'sum(x{{a="{text}"}}'
    assert parse_duration(match[4]) == pytest.approx(max(parse_duration(offset) / 60, 0.001), abs=0.0005)


@given(durations, st.floats(min_value=1, max_value=3600), st.sampled_from([5.0, 15.0, 30.0, 60.0]))
def test_a_range_keeps_its_scrapes(look_back, factor, scrape_seconds):
    """A range keeps at least four scrapes, or as many as it had."""
    scale = Scale(factor, scrape_seconds)
    scrape = parse_duration(scale.interval(format_duration(scrape_seconds)))
    held_before = parse_duration(look_back) / scrape_seconds
    held_after = parse_duration(scale.look_back(look_back)) / scrape
    assert held_after >= min(4, held_before) - 0.01


@given(durations, st.floats(min_value=1, max_value=3600), st.sampled_from([1.0, 2.0]))
def test_intervals_have_a_floor_and_waits_do_not_vanish(text, factor, shortest):
    """Scrape and evaluation intervals have a minimum, and waits stay above 0."""
    scale = Scale(factor, shortest_seconds=shortest)
    assert parse_duration(scale.interval(text)) >= shortest
    assert parse_duration(scale.wait(text)) >= 0.001
    assert scale.wait("0s") == "0s"


@given(durations, durations, st.floats(min_value=1, max_value=3600))
def test_a_scrape_never_outlasts_its_interval(timeout, interval, factor):
    """Prometheus refuses a timeout above the interval."""
    scale = Scale(factor)
    assert parse_duration(scale.timeout(timeout, interval)) <= parse_duration(scale.interval(interval))


def test_rules():
    """Intervals, waits and expressions of a rule file are scaled; names, labels and annotations are not."""
    rule = {"alert": "A", "expr": "rate(x[10m]) > 0", "for": "15m", "keep_firing_for": "1h"}
    words = {"labels": {"window": "5m"}, "annotations": {"description": "over [5m]"}}
    record = {"record": "x:rate5m", "expr": "rate(x[5m])"}
    document = {"groups": [{"name": "5m", "interval": "1m", "rules": [rule | words, record]}]}
    scaled = {"alert": "A", "expr": "rate(x[10s]) > 0", "for": "15s", "keep_firing_for": "1m"}
    assert scaled_rules(document, SCALE) == {
        "groups": [
            {
                "name": "5m",
                "interval": "1s",
                "rules": [scaled | words, {"record": "x:rate5m", "expr": "rate(x[5s])"}],
            }
        ]
    }


def test_prometheus():
    """Each job has a timeout that its interval allows, whether it named one or not."""
    document = {
        "global": {"scrape_interval": "15s", "evaluation_interval": "2m"},
        "scrape_configs": [{"job_name": "a"}, {"job_name": "b", "scrape_interval": "5m", "scrape_timeout": "4m"}],
    }
    scaled = scaled_prometheus(document, scale_of(document))
    assert scaled["global"] == {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "2s"}
    assert scaled["scrape_configs"] == [
        {"job_name": "a", "scrape_timeout": "1s"},
        {"job_name": "b", "scrape_interval": "5s", "scrape_timeout": "4s"},
    ]


def test_what_prometheus_takes_by_itself_is_scaled_too():
    """Default intervals are scaled too: a minute becomes a second."""
    assert scaled_prometheus({}, scale_of({}))["global"]["scrape_interval"] == "1s"
    assert scale_of({}).scrape_seconds == 60


def test_alertmanager():
    """The waits of all routes are scaled, including defaults of the root."""
    child = {"receiver": "b", "group_wait": "0s", "repeat_interval": "1h"}
    document = {"route": {"receiver": "a", "group_wait": "1m", "routes": [child]}, "receivers": []}
    assert scaled_alertmanager(document, SCALE)["route"] == {
        "receiver": "a",
        "group_wait": "1s",
        "group_interval": "5s",
        "repeat_interval": "4m",
        "routes": [{"receiver": "b", "group_wait": "0s", "repeat_interval": "1m"}],
    }
