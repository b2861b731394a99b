"""Log lines: one per entry, for any message."""

import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.logs import LineFormatter, log_config


def record(message, level=logging.INFO, error=None):
    return logging.LogRecord("inference_exporter.model.fleet", level, "", 0, message, (), error)


def test_logfmt():
    """Time, level, logger and message, quoted if necessary."""
    line = LineFormatter().format(record("listening on 127.0.0.1:10800"))
    assert re.fullmatch(
        r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info logger=inference_exporter.model.fleet "
        r'msg="listening on 127.0.0.1:10800"',
        line,
    )
    assert LineFormatter().format(record("ready")).endswith(" msg=ready")


@pytest.mark.parametrize("style", ["logfmt", "json"])
@given(message=st.text())
def test_an_entry_is_one_line(style, message):
    """A message cannot start another line, or imitate another field."""
    line = LineFormatter(style).format(record(message))
    assert "\n" not in line
    assert "\r" not in line
    if style == "json":
        assert json.loads(line)["msg"] == message
    else:
        shown = line.partition(" msg=")[2]
        assert (json.loads(shown) if shown.startswith('"') else shown) == message


@pytest.mark.parametrize("style", ["logfmt", "json"])
def test_an_exception_is_in_its_entry(style):
    """The trace is part of the line."""
    try:
        raise RuntimeError("a bug")
    except RuntimeError as error:
        line = LineFormatter(style).format(record("failed", logging.ERROR, (type(error), error, error.__traceback__)))
    assert "\n" not in line
    assert "RuntimeError: a bug" in line


@pytest.mark.parametrize(
    ("level", "shown"), [("debug", "DEBUG"), ("info", "INFO"), ("warn", "WARNING"), ("error", "ERROR")]
)
def test_levels_are_those_of_the_flag(level, shown):
    """The flag sets the level; a warning is written ``warn``, as in Prometheus."""
    assert log_config(level, "logfmt")["root"]["level"] == shown
    assert " level=warn " in LineFormatter().format(record("careful", logging.WARNING))
