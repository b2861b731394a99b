"""``inference-exporter replay DATA --config.file=FILE``."""

import argparse
import json
import sys
from pathlib import Path

from ..config.durations import parse_duration
from ..config.file import load
from ..config.schema import Config
from ..errors import ReplayFault
from ..model.fleet import references_of
from ..replay.page import as_html
from ..replay.prepare import FirstPart, categorical_features, config_of_replay
from ..replay.progress import progress_bar
from ..replay.recording import Period
from ..replay.report import as_json
from ..replay.roles import Roles
from ..replay.session import Settings, run_replay
from ..replay.text import as_text
from ..samples.batch import ModelKey
from ..values.times import text_as_time
from ._flags import add_output_flags, columns_of_classes, comma_list

EXIT_FINE, EXIT_DRIFT = 0, 1


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("data", type=Path, metavar="DATA", help=".csv, .tsv, .ndjson, .jsonl (also .gz) or .parquet")
    parser.add_argument("--config.file", dest="config_file", type=Path, metavar="FILE", help="default: all defaults")
    columns = parser.add_argument_group("columns of a flat table; all others are features")
    columns.add_argument("--time-column", metavar="NAME", help="event time: RFC 3339, Unix seconds or a date")
    columns.add_argument("--prediction-column", metavar="NAME")
    columns.add_argument("--score-column", action="append", default=[], metavar="[CLASS=]NAME", help="repeatable")
    add_output_flags(columns)
    columns.add_argument("--outcome-column", metavar="NAME", help="ground truth, joined when it becomes known")
    columns.add_argument("--outcome-time-column", metavar="NAME", help="time at which the outcome became known")
    columns.add_argument("--outcome-delay", type=_duration, default=0.0, metavar="DURATION", help="default: 0s")
    columns.add_argument("--id-column", metavar="NAME")
    columns.add_argument("--latency-column", metavar="NAME", help="seconds")
    columns.add_argument("--code-column", metavar="NAME", help="HTTP status")
    columns.add_argument("--ignore-columns", type=comma_list, default=(), metavar="A,B")
    columns.add_argument(
        "--categorical-columns", type=comma_list, default=(), metavar="A,B", help="numbers that are codes"
    )
    what = parser.add_argument_group("what to replay")
    what.add_argument("--model", default="", metavar="NAME", help="configured model of the samples")
    what.add_argument("--model-version", default="", metavar="VERSION")
    what.add_argument("--from", dest="start", type=_time, default=float("-inf"), metavar="TIME")
    what.add_argument("--to", dest="end", type=_time, default=float("inf"), metavar="TIME", help="exclusive")
    what.add_argument(
        "--step",
        type=_duration,
        metavar="DURATION",
        help="time between two looks; default: 15s, longer for long recordings",
    )
    share = what.add_mutually_exclusive_group()
    share.add_argument(
        "--reference-share",
        type=_share,
        metavar="SHARE",
        help="learn the reference from this share of the first samples",
    )
    share.add_argument(
        "--reference-until", type=_time, metavar="TIME", help="learn the reference from the samples before"
    )
    what.add_argument(
        "--clean-draws", type=int, default=Settings.clean_draws, metavar="N", help="clean windows to draw to estimate"
        " false alarms; 0 to skip",
    )  # fmt: skip
    out = parser.add_argument_group("what to write")
    out.add_argument("--json", dest="json_file", type=Path, metavar="FILE", help="the report as JSON")
    out.add_argument(
        "--openmetrics", type=Path, metavar="FILE", help="the metrics of every look, to backfill Prometheus"
    )
    out.add_argument("--rules", type=Path, metavar="DIR", help="evaluate the alert rules in a folder with promtool")
    out.add_argument("--html", dest="html_file", type=Path, metavar="FILE", help="the report as a web page, with plots")
    out.add_argument("--fail-on-drift", action="store_true", help="exit with 1 if any verdict was drifted")


def run(options: argparse.Namespace) -> int:
    """Replay and report."""
    config = load(options.config_file) if options.config_file else Config()
    # Progress goes to standard error, the report to standard output, so that it can be piped.
    report = run_replay(_settings(options, config), progress_bar(sys.stderr))
    print(as_text(report), end="")
    if options.json_file:
        _write(options.json_file, json.dumps(as_json(report)).encode() + b"\n")
    if options.html_file:
        _write(options.html_file, as_html(report))
    return EXIT_DRIFT if options.fail_on_drift and report.drifted else EXIT_FINE


def _settings(options: argparse.Namespace, config: Config) -> Settings:
    config = config_of_replay(config, options.categorical_columns)
    # Read before anything is replayed: which of their columns are codes decides how a flat table is read.
    references = references_of(config)
    return Settings(
        data=options.data,
        config=config,
        references=references,
        roles=_roles(options, categorical_features(config, references.values())),
        period=Period(options.start, options.end),
        first=FirstPart(options.reference_share, options.reference_until),
        step=options.step,
        openmetrics=options.openmetrics,
        rules=options.rules,
        clean_draws=max(options.clean_draws, 0),
    )


def _roles(options: argparse.Namespace, categorical: frozenset[str]) -> Roles:
    return Roles(
        time=options.time_column,
        prediction=options.prediction_column,
        scores=columns_of_classes(options.score_column),
        intermediate=options.intermediate_columns,
        action=options.action_column,
        outcome=options.outcome_column,
        outcome_time=options.outcome_time_column,
        outcome_delay_seconds=options.outcome_delay,
        id=options.id_column,
        latency=options.latency_column,
        code=options.code_column,
        ignored=options.ignore_columns,
        categorical=categorical,
        key=ModelKey(options.model, options.model_version),
    )


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ReplayFault(f"{path}: cannot be written: {error.strerror}") from error


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _time(text: str) -> float:
    time = text_as_time(text)
    if time != time:  # NaN: not a time
        raise argparse.ArgumentTypeError(f"expected RFC 3339, Unix seconds or a date, got {text!r}")
    return time


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, got {text!r}")
    return share
