"""Errors that people can act on.

ExporterError
├── ConfigError       a configuration file is wrong          -> exit code 2, or a failed reload
├── ReferenceFault    a reference cannot be built or read    -> exit code 2
├── TableError        a data file cannot be read             -> exit code 2
├── StoreFault        state cannot be written or read  -> HTTP 503, or exit code 2
├── ReplayFault       a replay cannot write or ask promtool  -> exit code 2
└── DecodeError       a request body cannot be read          -> HTTP 4xx, counted by reason
"""


class ExporterError(Exception):
    """The root; its message is written for users."""


class ConfigError(ExporterError):
    """The configuration is invalid; the message is ``file:line: key: expected …, got …``."""


class ReferenceFault(ExporterError):
    """A reference cannot be built, read or used."""


class TableError(ExporterError):
    """A file of recorded samples cannot be read."""


class StoreFault(ExporterError):
    """State that survives a restart cannot be written or read."""


class ReplayFault(ExporterError):
    """A replay cannot write its files or evaluate its rules."""


class DecodeError(ExporterError):
    """A body cannot be read at all; ``reason`` is its label value."""

    def __init__(self, message: str, reason: str = "unreadable", status: int = 400) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status
