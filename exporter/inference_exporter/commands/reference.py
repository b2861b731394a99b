"""``inference-exporter reference build DATA --out FILE`` and ``reference show FILE``."""

import argparse
import logging
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from .. import logs
from ..arrays import Column, Floats, column_rows
from ..config.holidays import read_holidays
from ..config.schema import FeatureConfig, Kind
from ..errors import ConfigError, ReferenceFault
from ..learning.advice import warnings_of
from ..learning.learning import learn
from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from ..model.performance_totals import ClassificationAccumulator, RegressionAccumulator
from ..reference.buckets import NumericBuckets
from ..reference.reference import ColumnReference, Reference, load, save
from ..replay.tables import NativeSamples, Table, n_rows, read_data
from ..replay.times import EXPECTED, file_times
from ..samples.batch import Batch, ModelKey
from ..values.faults import shown
from ..values.formatted import formatted_numbers
from ..windows.seasons import SEASONS
from ._flags import add_output_flags, columns_of_classes, comma_list
from ._over_time import lines_over_time
from ._smallest_changes import table_of_smallest_changes

log = logging.getLogger(__name__)
KINDS_BY_FLAG: Mapping[str, Kind] = {
    "--categorical-columns": "categorical",
    "--vector-columns": "vector",
    "--text-columns": "text",
}
NAMED_BY_SAMPLES = {
    "--prediction-column": "prediction", "--score-column": "scores", "--outcome-column": "outcome",
    "--time-column": "time", "--id-column": "id", "--intermediate-columns": "intermediate", "--action-column": "action",
}  # fmt: skip
OF_CLASSES = ("--prediction-column", "--outcome-column", "--action-column")
SMALLEST_CHANGES = (
    "The smallest changes that one look names nine times in ten, with the default windows and budget:\n"
    "a shift in standard deviations, the share of a new category, percentage points of missing values"
)
FEW_ROWS = 500  # below this the reference is so noisy that only large changes stand out


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    kinds = parser.add_subparsers(required=True, metavar="build | show")
    made = kinds.add_parser("build", help="learn a reference from a CSV, NDJSON or Parquet file", allow_abbrev=False)
    made.add_argument("data", type=Path, metavar="DATA", help=".csv, .tsv, .ndjson, .jsonl (also .gz) or .parquet")
    made.add_argument("--out", type=Path, required=True, metavar="FILE")
    made.add_argument("--prediction-column", metavar="NAME")
    made.add_argument(
        "--score-column", action="append", default=[], metavar="[CLASS=]NAME", help="repeatable; without CLASS= of the"
        " positive class",
    )  # fmt: skip
    add_output_flags(made)
    made.add_argument("--outcome-column", metavar="NAME", help="ground truth, to measure performance")
    made.add_argument(
        "--time-column",
        metavar="NAME",
        help="time of each row: not a feature; shows how features vary by hour and day",
    )
    made.add_argument("--id-column", metavar="NAME", help="id of each row: not a feature")
    made.add_argument("--ignore-columns", type=comma_list, default=(), metavar="A,B")
    made.add_argument(
        "--categorical-columns", type=comma_list, default=(), metavar="A,B", help="numbers that are codes"
    )
    made.add_argument("--vector-columns", type=comma_list, default=(), metavar="A,B", help="lists of numbers")
    made.add_argument(
        "--text-columns", type=comma_list, default=(), metavar="A,B", help="texts; sentences are recognised"
    )
    made.add_argument(
        "--seasons", type=_seasons, default=(), metavar="A,B",
        help=f"also keep a reference of all columns for each part of {' or '.join(SEASONS)}; needs --time-column",
    )  # fmt: skip
    made.add_argument(
        "--holidays", type=Path, metavar="FILE",
        help="days that columns may follow as they follow hours and weekdays: a line each, 2026-12-25 or 12-25 for"
        " every year; needs --time-column",
    )  # fmt: skip
    made.add_argument(
        "--attribution-prefix",
        metavar="P",
        help="columns with this prefix are attributions of the feature named after it",
    )
    made.add_argument("--model", default="", metavar="NAME")
    made.add_argument("--model-version", default="", metavar="VERSION")
    logs.add_flags(made, inner=True)
    made.set_defaults(part=_build)
    shown = kinds.add_parser("show", help="print a reference as a table", allow_abbrev=False)
    shown.add_argument("file", type=Path, metavar="FILE")
    logs.add_flags(shown, inner=True)
    shown.set_defaults(part=_show)


def run(options: argparse.Namespace) -> int:
    """Build or show a reference."""
    code: int = options.part(options)
    return code


def _seasons(text: str) -> tuple[str, ...]:
    names = comma_list(text)
    for name in names:
        if name not in SEASONS:
            raise argparse.ArgumentTypeError(f"expected {' or '.join(SEASONS)}, got {name!r}")
    return names


def _holidays(path: Path | None) -> tuple[str, ...]:
    try:
        return () if path is None else read_holidays(path)
    except ValueError as error:
        raise ConfigError(f"--holidays: {error}") from error


def _build(options: argparse.Namespace) -> int:
    roles = _columns_by_flag(options)
    # Read as text from the start: "007" would lose its zeros as a number.
    texts = {name for flag in KINDS_BY_FLAG for name in roles[flag] if name}
    classes = {name for flag in OF_CLASSES for name in roles[flag] if name}
    options.holidays = _holidays(options.holidays)
    data = read_data(options.data, texts, classes)
    if isinstance(data, NativeSamples):
        reference = reference_of_samples(data, options, options.data)
    else:
        reference = reference_of_table(data, options, options.data)
    try:
        save(reference, options.out)
    except OSError as error:
        raise ReferenceFault(f"{options.out}: cannot be written: {error.strerror}") from error
    _print(reference)
    print(f"\nwritten to {options.out}")
    return 0


def reference_of_table(table: Table, options: argparse.Namespace, path: Path) -> Reference:
    """Return the reference of a table whose columns get their roles from the command's flags.

    Raises
    ------
    ReferenceFault
        If a named column does not exist, or a class has two columns.
    """
    score_columns = columns_of_classes(options.score_column)
    roles = _columns_by_flag(options)
    for flag, names in roles.items():
        for name in names:
            if name not in table:
                raise ReferenceFault(f"{path}: {flag}: expected one of {', '.join(table)}, got {name!r}")
    named = {name for flag, names in roles.items() if flag not in KINDS_BY_FLAG for name in names}
    attributions = _attribution_columns(table, options.attribution_prefix, path)
    named |= set(attributions.values())
    # `get`: a flag that was not given is None, and no column has that name.
    prediction = table.get(options.prediction_column)
    outcome = table.get(options.outcome_column)
    times = known_times(table.get(options.time_column), options.time_column, path)
    batch = Batch(
        n_rows(table),
        ModelKey(),
        np.full(n_rows(table), np.nan) if times is None else times,
        features={name: column for name, column in table.items() if name not in named},
        prediction=prediction,
        scores={name: table[column] for name, column in score_columns.items()},
        attributions={name: table[column] for name, column in attributions.items()},
        intermediate={name: table[name] for name in options.intermediate_columns},
        action=table.get(options.action_column),
    )
    return _learned(batch, outcome, options, path)


def reference_of_samples(data: NativeSamples, options: argparse.Namespace, path: Path) -> Reference:
    """Return the reference of native samples, which name their features themselves.

    Raises
    ------
    ReferenceFault
        If a flag names a feature that does not exist, or a part that the samples name themselves.
    """
    roles, features = _columns_by_flag(options), data.batch.features
    for flag in NAMED_BY_SAMPLES:
        if roles[flag] and roles[flag] != [NAMED_BY_SAMPLES[flag]]:
            raise ReferenceFault(f"{path}: {flag}: native samples name their parts themselves, got {roles[flag][0]!r}")
    for flag in ("--ignore-columns", *KINDS_BY_FLAG):
        for name in roles[flag]:
            if name not in features:
                raise ReferenceFault(f"{path}: {flag}: expected one of {', '.join(features)}, got {name!r}")
    kept = {name: column for name, column in features.items() if name not in options.ignore_columns}
    return _learned(replace(data.batch, features=kept), data.outcome, options, path)


def _columns_by_flag(options: argparse.Namespace) -> dict[str, list[str]]:
    named = {
        "--prediction-column": [options.prediction_column],
        "--score-column": list(columns_of_classes(options.score_column).values()),
        "--outcome-column": [options.outcome_column],
        "--intermediate-columns": list(options.intermediate_columns),
        "--action-column": [options.action_column],
        "--time-column": [options.time_column],
        "--id-column": [options.id_column],
        "--ignore-columns": list(options.ignore_columns),
        "--categorical-columns": list(options.categorical_columns),
        "--vector-columns": list(options.vector_columns),
        "--text-columns": list(options.text_columns),
    }
    return {flag: [name for name in names if name is not None] for flag, names in named.items()}


def _learned(batch: Batch, outcome: Column | None, options: argparse.Namespace, path: Path) -> Reference:
    """Return the reference of a batch, ordered by time if all times are known, with its performance."""
    in_order = not np.isnan(batch.times).any()
    if options.seasons and not in_order:
        raise ReferenceFault(f"{path}: --seasons: expected --time-column with the time of every row")
    if options.holidays and not in_order:
        raise ReferenceFault(f"{path}: --holidays: expected --time-column with the time of every row")
    # Rows of the same time keep the order of the file, so that the same file gives the same reference.
    order = np.argsort(batch.times, kind="stable")
    flags = _columns_by_flag(options)
    reference = learn(
        batch.take(order) if in_order else batch,
        in_order=in_order,
        settings={name: FeatureConfig(kind=kind) for flag, kind in KINDS_BY_FLAG.items() for name in flags[flag]},
        seasons=options.seasons,
        holidays=options.holidays,
        outcome=column_rows(outcome, order) if outcome is not None and in_order else outcome,
        model=options.model or batch.key.model,
        model_version=options.model_version or batch.key.version,
    )
    _note_formatted_numbers(batch, outcome, reference, path, {name for flag in KINDS_BY_FLAG for name in flags[flag]})
    if outcome is None:
        return reference
    scores = {column.name: column for column in reference.of_group("score")}
    # In the order of the batch; the reference has named the positive class meanwhile.
    values = dict(zip(scores, batch.scores.values(), strict=True))
    return _with_performance(reference, batch.prediction, values, outcome)


def _note_formatted_numbers(
    batch: Batch, outcome: Column | None, reference: Reference, path: Path, chosen: Collection[str]
) -> None:
    """Say which categories look like numbers, but for the way they are written: drift of them is that of texts."""
    categorical = {column.name for column in reference.columns if not column.numeric} - set(chosen)
    columns = {name: column for name, column in batch.features.items() if name in categorical}
    columns |= {f"score {name}": column for name, column in batch.scores.items()}
    columns |= {name: of for name, of in (("prediction", batch.prediction), ("outcome", outcome)) if of is not None}
    for name, column in columns.items():
        form = "" if isinstance(column, np.ndarray) else formatted_numbers(column)
        if form:
            log.warning("%s: %s: looks like numbers %s, but is text: write plain numbers (1234.5); if these are codes, "
                        "name the column in --categorical-columns", path, name, form)  # fmt: skip


def known_times(column: Column | None, name: str, path: Path) -> Floats | None:
    """Return a column of times as Unix seconds; None, with a warning, if any is unknown."""
    if column is None:
        return None
    times = file_times(column, name, path)
    unknown = np.flatnonzero(np.isnan(times))
    if len(unknown):
        row = int(unknown[0])
        log.warning("%s: --time-column %s: row %d: %s, got %s; the order of rows is not used",
                    path, name, row + 1, EXPECTED, shown(column[row]))  # fmt: skip
        return None
    return times


def _attribution_columns(table: Table, prefix: str | None, path: Path) -> dict[str, str]:
    """Return the column of each feature's attributions."""
    if not prefix:
        return {}
    columns = {name.removeprefix(prefix): name for name in table if name.startswith(prefix)}
    if not columns:
        raise ReferenceFault(f"{path}: --attribution-prefix: expected the beginning of a column, got {prefix!r}")
    return columns


def _with_performance(
    reference: Reference, prediction: Column | None, scores: Mapping[str, Column], outcome: Column
) -> Reference:
    """Return the reference with its performance, computed from the same sums as in windows."""
    rows = n_rows({"outcome": outcome})
    unknown: Floats = np.full(rows, np.nan)
    # Scores without predictions can only be those of classes.
    task = "classification" if reference.task == "auto" and scores else reference.task
    performance: dict[str, dict[str, float]] = {}
    if task == "regression":
        regression = RegressionAccumulator(len(reference.of_group("feature")))
        codes = (
            regression.encode_outcomes(outcome),
            regression.encode_predictions(unknown if prediction is None else prediction),
        )
        known = ~np.isnan(codes[0])
        totals = regression.totals(*regression.add_up(codes[1][known], codes[0][known], np.empty((known.sum(), 0))))
        performance = {key: {"": measure.compute(totals)} for key, measure in REGRESSION_MEASURES.items()}
    else:
        card = ClassificationAccumulator(_classes(reference))
        outcomes = card.encode_outcomes(outcome)
        predictions = card.encode_predictions(unknown if prediction is None else prediction)
        matrix, known = card.encode_scores(scores, rows), ~np.isnan(outcomes)
        counted = card.totals(*card.add_up(predictions[known], outcomes[known], matrix[known]))
        performance = {key: dict(measure.compute(counted)) for key, measure in CLASSIFICATION_MEASURES.items()}
    # JSON has no NaN, and a measure without a value cannot be a baseline.
    finite = {
        key: {name: value for name, value in values.items() if math.isfinite(value)}
        for key, values in performance.items()
    }
    return replace(reference, performance=finite)


def _classes(reference: Reference) -> list[str]:
    predicted = reference.of_group("prediction")
    names = list(getattr(predicted[0].buckets, "categories", ())) if predicted else []
    return sorted({*names, *(column.name for column in reference.of_group("score"))})


def _show(options: argparse.Namespace) -> int:
    _print(load(options.file))
    return 0


def _print(reference: Reference) -> None:
    name = " ".join(part for part in (reference.model, reference.model_version) if part) or "(no model named)"
    made = datetime.fromtimestamp(reference.created, UTC).isoformat(timespec="seconds")
    print(f"reference {reference.version} of {name}: {reference.rows:,} rows, made {made}\n")
    header = ("", "column", "kind", "buckets", "missing", "mean", "stddev", "range or categories")
    _print_table([header, *(_row(column) for column in reference.columns)])
    for key, values in reference.performance.items():
        shown = ", ".join(f"{name + ' ' if name else ''}{value:.4g}" for name, value in values.items())
        if shown:
            print(f"{key}: {shown}")
    unknown = [key for key, values in reference.performance.items() if not values]
    if unknown:
        print(f"unknown without predictions or scores: {', '.join(unknown)}")
    for line in lines_over_time(reference):
        print(line)
    warnings = warnings_of(reference)
    if warnings:
        print("\nKnow before you rely on it:")
        print("\n".join(f"  {warning}" for warning in warnings))
    print(f"\n{SMALLEST_CHANGES}")
    _print_table(table_of_smallest_changes(reference))
    if reference.rows < FEW_ROWS:
        print(f"\nOnly {reference.rows} rows: only large changes can be distinguished from noise.")


def _row(column: ColumnReference) -> tuple[str, ...]:
    missing = f"{column.counts[-1] / max(column.counts.sum(), 1):.1%}"
    size = str(len(column.buckets.bounds))
    if isinstance(column.buckets, NumericBuckets):
        spread = f"{column.range[0]:.6g} to {column.range[1]:.6g}" if column.range else "no value"
        return (
            column.group,
            column.name,
            "numeric",
            size,
            missing,
            f"{column.mean:.6g}",
            f"{column.stddev:.6g}",
            spread,
        )
    names = column.buckets.categories
    more = len(names) + len(column.buckets.others) - 5
    spread = ", ".join(names[:5]) + (f" and {more} more" if more > 0 else "")
    if column.buckets.open:
        spread = f"{spread} and mostly new values" if spread else "mostly new values: an identifier?"
    return (column.group, column.name, "categorical", size, missing, "", "", spread)


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
