"""``inference-exporter check config FILE`` and ``check payload FILE``."""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import yaml

from .. import logs
from ..config.durations import parse_duration, parse_mode, parse_size
from ..config.file import load
from ..config.schema import Config, Window
from ..intake.payload_report import explained
from ..proxy.tls import address_of


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    config = kinds.add_parser("config", help="a configuration file")
    config.add_argument("file", type=Path, metavar="FILE")
    logs.add_flags(config, inner=True)
    config.set_defaults(check=check_config)
    payload = kinds.add_parser("payload", help="a body that a model server or its logger sends")
    payload.add_argument("file", metavar="FILE", help="its file, - for standard input")
    payload.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="repeatable; such as Ce-Type: …"
    )
    logs.add_flags(payload, inner=True)
    payload.set_defaults(check=check_payload)


def run(options: argparse.Namespace) -> int:
    """Run the check that was asked for and return the exit code."""
    code: int = options.check(options)
    return code


def check_payload(options: argparse.Namespace) -> int:
    """Print what each record of a body means; 1 if one of them means nothing."""
    body = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    pairs = (header.partition(":")[::2] for header in options.header)
    found = explained(body, {name.strip().lower(): value.strip() for name, value in pairs})
    print("\n\n".join(found.texts))
    return int(found.rejected > 0)


def check_config(options: argparse.Namespace) -> int:
    """Print the effective configuration with all defaults; a mistake raises ConfigError."""
    config = load(options.file)
    # Reads the certificates too, as a start would.
    address_of(config.proxy)
    for model in config.models:
        if model.reference is not None and not model.reference.exists():
            # As a comment, since the output is YAML that may be redirected into a file.
            print(f"# warning: models[{model.name}].reference: {model.reference} does not exist yet")
    print(yaml.safe_dump(_plain(config, Config), sort_keys=False, allow_unicode=True), end="")
    return 0


def _plain(value: Any, kind: Any) -> Any:
    """Return a value as written in a file: durations and sizes with their unit."""
    if get_origin(kind) is Annotated and value is not None:
        return _with_unit(value, kind.__metadata__[0])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value), include_extras=True)
        return {
            field.name: _plain(getattr(value, field.name), hints[field.name]) for field in dataclasses.fields(value)
        }
    if isinstance(value, tuple):
        return [_plain(item, get_args(kind)[0]) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item, get_args(kind)[1]) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else value


def _with_unit(value: Any, parse: Callable[[str], Any]) -> Any:
    if isinstance(value, Window):
        return value.name
    if parse is parse_duration:
        # One unit for all: exact, and the loader reads it back.
        return f"{round(value * 1000)}ms"
    if parse is parse_mode:
        return f"{value:04o}"
    return f"{value}B" if parse is parse_size else value
