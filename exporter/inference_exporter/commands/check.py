"""``inference-exporter check config FILE``."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import yaml

from ..config import Window
from ..config_file import load


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    config = kinds.add_parser("config", help="a configuration file")
    config.add_argument("file", type=Path, metavar="FILE")


def run(options: argparse.Namespace) -> int:
    """Print the configuration in force, defaults and all; a mistake raises ConfigError."""
    config = load(options.file)
    for model in config.models:
        if model.reference is not None and not model.reference.exists():
            print(f"# warning: models[{model.name}].reference: {model.reference} does not exist yet")
    print(yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True), end="")
    return 0


def _plain(value: Any) -> Any:
    if isinstance(value, Window):
        return value.name
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else value
