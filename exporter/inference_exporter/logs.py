"""Logging as in the Prometheus projects: logfmt or JSON, one line per entry, to standard error."""

import argparse
import json
import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

LEVELS = ("debug", "info", "warn", "error")
FORMATS = ("logfmt", "json")


class LineFormatter(logging.Formatter):
    """Writes ``ts``, ``level``, ``logger``, ``msg`` and, for an exception, ``trace``."""

    def __init__(self, style: str = "logfmt") -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        # Prometheus' word for it; its other levels have Python's names.
        level = "warn" if record.levelno == logging.WARNING else record.levelname.lower()
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"ts": moment, "level": level, "logger": record.name, "msg": record.getMessage()}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        if self._json:
            return json.dumps(entry)
        return " ".join(f"{key}={_quoted(value)}" for key, value in entry.items())


def _quoted(value: str) -> str:
    # As Go's logfmt: quoted if empty, or with a blank, a quote or an equals sign. JSON's escapes are Go's.
    return value if value and value.isprintable() and not set(value) & set(' "=') else json.dumps(value)


def log_config(level: str, style: str) -> dict[str, Any]:
    """Return the logging configuration for a level and a format."""
    shown = {"warn": "WARNING"}.get(level, level.upper())
    return {
        "version": 1,
        # Loggers of modules exist before the configuration is read.
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": LineFormatter, "style": style}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": shown, "handlers": ["stderr"]},
        "loggers": {},
    }


def configure(level: str, style: str) -> None:
    """Set up logging for this process."""
    logging.config.dictConfig(log_config(level, style))


def add_flags(parser: argparse.ArgumentParser, *, inner: bool = False) -> None:
    """Add the logging flags; for a subcommand (`inner`) without defaults, so that flags before it count."""
    parser.add_argument("--log.level", dest="log_level", choices=LEVELS, default=argparse.SUPPRESS if inner else "info")
    parser.add_argument(
        "--log.format", dest="log_format", choices=FORMATS, default=argparse.SUPPRESS if inner else "logfmt"
    )
