"""docs/configuration.md and the example configuration agree with the dataclasses and the command line."""

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from inference_exporter.cli import COMMANDS, main
from inference_exporter.config.decisions import GuardrailConfig
from inference_exporter.config.file import load
from inference_exporter.config.holidays import Holidays
from inference_exporter.config.inputs import FileConfig, InputsConfig, KafkaConfig
from inference_exporter.config.performance import PerformanceConfig
from inference_exporter.config.schema import (
    Config,
    Duration,
    FeatureConfig,
    MeasureKey,
    Mode,
    ModelConfig,
    Size,
    Window,
)
from inference_exporter.config.slices import SliceConfig
from inference_exporter.detectors.outliers.learn import NUMERIC_COLUMNS
from inference_exporter.detectors.renames.watch import NAMES_AT_MOST
from inference_exporter.detectors.sources.watch import SOURCES
from inference_exporter.exposition import own
from inference_exporter.intake import http
from inference_exporter.intake import idempotency as repeats
from inference_exporter.measures.drift import MEASURES
from inference_exporter.model import performance_totals as accumulator
from inference_exporter.model import traffic
from inference_exporter.model.monitor import UNKNOWN_FEATURES_NAMED
from inference_exporter.reference import buckets
from inference_exporter.samples import events, labels, rejections
from inference_exporter.serving import connection, reader, server

EXAMPLE = "exporter/config.example.yml"
NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
SIMPLE = {Duration: "duration", Size: "size", Mode: "mode", MeasureKey: "measure", **NAMES}
SIMPLE[Holidays] = "list of dates, or a file"


WITH_NAMES = (".features", ".guardrails", ".actions", ".metadata", ".slices", ".costs", ".costs.NAME")
EXAMPLES_OF_NAMES = ModelConfig(
    features={"NAME": FeatureConfig()},
    guardrails={"NAME": GuardrailConfig()},
    actions={"NAME": "ACTION"},
    metadata={"NAME": "VALUE"},
    slices={"NAME": SliceConfig()},
    performance=PerformanceConfig(costs={"NAME": {"NAME": 0.0}}),
)


def type_name(kind):
    """Return the page's name of a type."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin in (typing.Union, types.UnionType):
        return type_name(next(part for part in inner if part is not types.NoneType))
    if origin is typing.Literal:
        *first, last = (f"`{text}`" for text in inner)
        return f"{', '.join(first)} or {last}" if first else last
    if origin is typing.Annotated and typing.get_origin(inner[0]) is tuple:
        return f"`all`, `none` or {type_name(inner[0])}"
    assert origin is tuple, kind
    return "list of durations" if typing.get_args(inner[0])[:1] == (Window,) else f"list of {type_name(inner[0])}s"


def keys(kind=Config, path=""):
    """Yield the dotted path of each key and its type: ``models[].slo.availability``."""
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        here = f"{path}.{name}" if path else name
        inner = typing.get_args(hint)
        if dataclasses.is_dataclass(hint):
            yield from keys(hint, here)
        elif typing.get_origin(hint) is Mapping:
            yield from keys_of_names(inner[1], f"{here}.NAME")
        elif inner and dataclasses.is_dataclass(inner[0]):
            yield from keys(inner[0], f"{here}[]")
        else:
            yield here, hint


def keys_of_names(kind, path):
    """Yield the keys below a name that people choose."""
    if typing.get_origin(kind) is Mapping:
        yield from keys_of_names(typing.get_args(kind)[1], f"{path}.NAME")
    else:
        yield from keys(kind, path) if dataclasses.is_dataclass(kind) else [(path, kind)]


def at(value, path):
    """Return the value at a dotted path of dataclasses, lists and mappings."""
    for part in path.split("."):
        name = part.removesuffix("[]")
        value = value[name] if isinstance(value, Mapping) else getattr(value, name)
        if part.endswith("[]"):
            (value,) = value
    return value


def written(path, text):
    """Return a file that sets one key."""
    for part in reversed(path.split(".")):
        text = f"{{{part.removesuffix('[]')}: {f'[{text}]' if part.endswith('[]') else text}}}"
    return text


@pytest.fixture(scope="module")
def rows(document):
    """The row of each documented key."""
    found = [row for _, row in document("docs/configuration.md").rows("Key")]
    assert len({row["Key"] for row in found}) == len(found)
    return {row["Key"].strip("`"): row for row in found}


def test_every_key_is_documented(rows):
    """The page has a row for exactly the keys of the dataclasses."""
    assert set(rows) == {path for path, _ in keys()}


def test_types_are_documented(rows):
    """Each row names the key's type."""
    assert {path: row["Type"] for path, row in rows.items()} == {path: type_name(hint) for path, hint in keys()}


def test_defaults_are_documented(rows, tmp_path):
    """Each documented default, written into a file, equals the default."""
    defaults = Config(models=(EXAMPLES_OF_NAMES,), inputs=InputsConfig((FileConfig(),), kafka=(KafkaConfig(),)))
    for path, row in rows.items():
        file = tmp_path / "one-key.yml"
        file.write_text(written(path, row["Default"].strip("`")), encoding="utf-8")
        assert (path, at(load(file), path)) == (path, at(defaults, path))


def test_example_is_the_default(repository):
    """The example loads, and is the defaults with one of each list in it."""
    model = ModelConfig(
        name="fraud", version="7", features={"age": FeatureConfig()}, guardrails={"loans": GuardrailConfig()},
        actions={"fraud": "blocked"}, metadata={"dataset": "sales-2026-10"},
        slices={"country": SliceConfig()},
        performance=PerformanceConfig(costs={"fraud": {"ok": 0.0}}),
    )  # fmt: skip
    assert load(repository / EXAMPLE) == Config(
        models=(model,), inputs=InputsConfig((FileConfig(),), kafka=(KafkaConfig(),))
    )


def test_example_has_every_key(repository):
    """No key is missing from the example."""

    def paths(value, path=""):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from paths(value[0], path + "[]")
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield from paths(inner, f"{path}.{'NAME' if path.endswith(WITH_NAMES) else name}".lstrip("."))
        else:
            yield path

    example = yaml.safe_load((repository / EXAMPLE).read_text(encoding="utf-8"))
    assert set(paths(example)) == {path for path, _ in keys()}


def test_every_line_of_the_example_says_what_it_sets(repository):
    """Each value of the example has a comment, or shares that of its neighbour."""
    lines = (repository / EXAMPLE).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.search(r": [^#]", line) and "#" not in line] == ["        threshold: 100ms"]


def test_every_measure_is_named(rows):
    """The row of drift.measures lists all measures."""
    assert set(re.findall(r"`(\w+)`", rows["models[].drift.measures"]["Meaning"])) == set(MEASURES)


def test_fixed_limits_are_those_of_the_code(document):
    """Documented fixed limits equal those of the code."""
    limits = [
        labels.LABEL_LENGTH_AT_MOST,
        traffic.STAGES_AT_MOST,
        accumulator.CLASSES_AT_MOST,
        buckets.TOP_CATEGORIES,
        buckets.KNOWN_CATEGORIES,
        UNKNOWN_FEATURES_NAMED,
        NAMES_AT_MOST,
        NUMERIC_COLUMNS,
        SOURCES,
        own.EVENTS_EXPOSED,
        events.TEXT_LENGTH_AT_MOST,
        repeats.REMEMBERED,
        repeats.REMEMBERED_BYTES,
        server.LONGEST_LINE,
        reader.MAX_HEAD_BYTES,
        reader.MAX_HEADERS,
        connection.FREE_HEAD_BYTES,
        http.PAIRING_SECONDS,
        http.PAIRING_BYTES,
        rejections.SHOWN_AT_MOST,
    ]
    assert [int(row["At most"]) for _, row in document("docs/configuration.md").rows("What")] == limits


def test_the_mistake_reads_as_shown(document, tmp_path, monkeypatch, capsys):
    """The documented message is the actual one."""
    monkeypatch.chdir(tmp_path)
    mistake = "models:\n  - name: fraud\n    drift:\n      treshold: 0.2\n"
    (tmp_path / "fraud.yml").write_text(mistake, encoding="utf-8")
    assert main(["serve", "--config.file=fraud.yml"]) == 2
    (fence,) = (fence for fence in document("docs/configuration.md").fences if fence.heading == "Mistakes")
    assert fence.text.splitlines()[1] == capsys.readouterr().err.strip()


def flags_of(command, capsys):
    """Return the flags that a command's help names."""
    with pytest.raises(SystemExit) as left:
        main([*command.split(), "--help"])
    assert left.value.code == 0
    return set(re.findall(r"--[a-z][a-z.-]*", capsys.readouterr().out)) - {"--help"}


def test_every_flag_is_documented(document, capsys):
    """The page names exactly the flags of each command."""
    pairs = set()
    for _, row in document("docs/configuration.md").rows("Flag"):
        pairs |= {(command, row["Flag"].strip("`")) for command in re.findall(r"`([^`]+)`", row["Of"])}
    shown = set(re.findall(r"`inference-exporter ([a-z]+(?: [a-z]+)?)", document("docs/configuration.md").prose))
    assert {command.split()[0] for command in shown} >= set(COMMANDS)
    commands = {*COMMANDS, *shown}
    assert pairs == {(command, flag) for command in commands for flag in flags_of(command, capsys)}
