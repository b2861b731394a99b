"""Loads a configuration file into the dataclasses of `schema`; every error names file, line and key."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import yaml

from ..errors import ConfigError
from ..files import MEGABYTE, read_bytes
from ..values.spelling import cleaned
from .inputs import STDIN
from .rules import FieldFault, Lines
from .schema import Config

# A configuration is read whole, and PyYAML takes many times its size: a wrong path must not fill memory.
LARGEST_FILE = 16 * MEGABYTE


def load(path: Path, empty_is_default: bool = True) -> Config:
    """Return the configuration in a YAML file.

    An empty file, such as one that is just being written, means all defaults, or is an error.

    Raises
    ------
    ConfigError
        With ``file:line: key: expected …, got …`` for the first mistake.
    """
    try:
        # Nodes, not values: only nodes know their line.
        node = yaml.compose(read_bytes(path, LARGEST_FILE).decode("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text, got byte {error.object[error.start]:#04x}") from error
    except yaml.YAMLError as error:
        # Scanner and parser errors have a mark and a problem, errors of the reader (control characters) only a reason.
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", error)
        raise ConfigError(f"{path}{line}: expected YAML, got: {problem}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: expected keys and values, got lists or keys nested too deeply") from error
    empty = node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"))
    if empty and not empty_is_default:
        raise ConfigError(f"{path}: expected keys and values, got an empty file; write {{}} for the defaults")
    if node is None:
        return Config()
    config = _Reader(path).value(Config, node, "")
    assert isinstance(config, Config)
    return config


class _Reader:
    """Turns YAML nodes into values of annotated types; `key` is the dotted path for messages."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def value(self, kind: Any, node: yaml.Node, key: str) -> Any:
        origin = get_origin(kind)
        if (
            origin is typing.Annotated
            and get_origin(get_args(kind)[0]) is tuple
            and isinstance(node, yaml.SequenceNode)
        ):
            return self.value(get_args(kind)[0], node, key)  # a list, or a word for one
        if origin is typing.Annotated:
            return self._written_with_unit(kind, node, key)
        if origin in (Union, types.UnionType):
            return self._optional(kind, node, key)
        if origin is Literal:
            return self._choice(get_args(kind), node, key)
        if origin is tuple:
            return self._sequence(get_args(kind)[0], node, key)
        if origin is Mapping:
            return self._mapping(get_args(kind)[1], node, key)
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, node, key)
        return self._scalar(kind, node, key)

    def _dataclass(self, kind: Any, node: yaml.Node, key: str) -> Any:
        pairs = self._pairs(node, key)
        # `include_extras` keeps Annotated, which holds the parser of a unit.
        hints = typing.get_type_hints(kind, include_extras=True)
        values: dict[str, Any] = {}
        for name, (name_node, value_node) in pairs.items():
            inner = _join(key, name)
            if name not in hints:
                self._fail(name_node, inner, f"unknown key, expected one of {', '.join(sorted(hints))}")
            values[name] = self.value(hints[name], value_node, inner)
        try:
            return kind(**values)
        except FieldFault as fault:
            # A rule may speak of a default that clashes with what is written;
            # then the line of the whole section is shown.
            culprit = pairs[fault.key][1] if fault.key in pairs else node
            self._fail(culprit, _join(key, fault.key), str(fault))

    def _pairs(self, node: yaml.Node, key: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
                return {}
            self._fail(node, key, f"expected keys and values, got {_shown(node)}")
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for name_node, value_node in node.value:
            if not isinstance(name_node, yaml.ScalarNode):
                self._fail(name_node, key, f"expected a key, got {_shown(name_node)}")
            # Names of features are compared with names in samples, which are cleaned in the same way.
            name = cleaned(str(name_node.value))
            if name in pairs:
                self._fail(name_node, _join(key, name), "expected the key only once")
            pairs[name] = (name_node, value_node)
        return pairs

    def _mapping(self, kind: Any, node: yaml.Node, key: str) -> dict[str, Any]:
        return {name: self.value(kind, value, _join(key, name)) for name, (_, value) in self._pairs(node, key).items()}

    def _sequence(self, kind: Any, node: yaml.Node, key: str) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, key, f"expected a list, got {_shown(node)}")
        return tuple(self.value(kind, item, f"{key}[{index}]") for index, item in enumerate(node.value))

    def _optional(self, kind: Any, node: yaml.Node, key: str) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
            return None
        (inner,) = (option for option in get_args(kind) if option is not types.NoneType)
        return self.value(inner, node, key)

    def _choice(self, options: tuple[Any, ...], node: yaml.Node, key: str) -> Any:
        if not isinstance(node, yaml.ScalarNode) or node.value not in options:
            self._fail(node, key, f"expected {' or '.join(map(str, options))}, got {_shown(node)}")
        return node.value

    def _written_with_unit(self, kind: Any, node: yaml.Node, key: str) -> Any:
        parse = kind.__metadata__[0]
        if not isinstance(node, yaml.ScalarNode):
            self._fail(node, key, f"expected one value, got {_shown(node)}")
        try:
            return parse.read(self._path.parent / node.value) if isinstance(parse, Lines) else parse(node.value)
        except ValueError as error:
            self._fail(node, key, str(error))

    def _scalar(self, kind: Any, node: yaml.Node, key: str) -> Any:
        names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
        known = isinstance(node, yaml.ScalarNode) and node.tag.startswith("tag:yaml.org,")
        if kind is str and known and not node.tag.endswith(":null"):
            return cleaned(str(node.value))  # version: 7 is meant as "7"
        try:
            value = yaml.SafeLoader("").construct_object(node) if known else None
        except ValueError:  # looks like a date, or is tagged as a number, but is not one
            value = None
        if kind is Path and isinstance(value, str):
            return STDIN if value == str(STDIN) else self._path.parent / value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        # `type`, not isinstance: True is an int to Python, and `threads: yes` a mistake.
        if type(value) is not kind:
            self._fail(node, key, f"expected {names[kind]}, got {_shown(node)}")
        return value

    def _fail(self, node: yaml.Node, key: str, message: str) -> typing.NoReturn:
        where = f"{self._path}:{node.start_mark.line + 1}"
        raise ConfigError(f"{where}: {key}: {message}" if key else f"{where}: {message}")


def _join(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer else inner


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "keys and values"
