"""One line an entry, as the Prometheus projects write them."""

import argparse
import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.logs import FORMATS, LEVELS, LineFormatter, add_flags, log_config


def record(message="served", *arguments, level=logging.INFO, failed=False):
    made = logging.LogRecord("inference_exporter.app", level, "app.py", 1, message, arguments, None)
    made.created = 1_800_000_000.25
    if failed:
        try:
            raise ValueError('of "no"\nuse')
        except ValueError:
            made.exc_info = sys.exc_info()
    return made


def test_logfmt():
    """Time in UTC, level, logger and message; what needs quotes has them."""
    line = LineFormatter().format(record("%d models", 3))
    assert line == 'ts=2027-01-15T08:00:00.250Z level=info logger=inference_exporter.app msg="3 models"'
    assert LineFormatter().format(record("ready")).endswith(" msg=ready")


def test_json():
    """The same as an object."""
    assert json.loads(LineFormatter("json").format(record("%d models", 3))) == {
        "ts": "2027-01-15T08:00:00.250Z", "level": "info", "logger": "inference_exporter.app", "msg": "3 models",
    }  # fmt: skip


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_levels_are_named_as_their_flags(style, level):
    """What a person asks for with a flag is what stands in the line."""
    name = {"WARNING": "warn"}.get(level, level.lower())
    line = LineFormatter(style).format(record(level=getattr(logging, level)))
    assert name in LEVELS
    assert (f"level={name} " if style == "logfmt" else f'"level": "{name}"') in line


@pytest.mark.parametrize("style", FORMATS)
def test_a_trace_is_part_of_its_line(style):
    """An exception does not tear the log into lines that nobody can parse."""
    line = LineFormatter(style).format(record("failed", level=logging.ERROR, failed=True))
    assert "\n" not in line
    assert "Traceback (most recent call last)" in line
    assert "ValueError: of " in line


@pytest.mark.parametrize("style", FORMATS)
@given(message=st.text())
def test_any_message_is_one_line(style, message):
    """Whatever a sender wrote into a name, one entry is one line."""
    line = LineFormatter(style).format(record("%s", message))
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_can_be_configured(level):
    """The flag's words are understood by the standard library."""
    shown = log_config(level, "logfmt")["root"]["level"]
    assert logging.getLevelName(shown) in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


def test_flags_have_defaults_and_inner_ones_have_none():
    """An inner command's flags do not undo what was said before it."""
    outer, inner = argparse.ArgumentParser(), argparse.ArgumentParser()
    add_flags(outer)
    add_flags(inner, inner=True)
    assert vars(outer.parse_args([])) == {"log_level": "info", "log_format": "logfmt"}
    assert vars(inner.parse_args([])) == {}
    assert vars(inner.parse_args(["--log.level=debug"])) == {"log_level": "debug"}
