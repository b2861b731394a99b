"""One table, whichever reader learns it and however its rows are sent: the same features, no drift."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inference_exporter.decode import FORMATS
from inference_exporter.measures.drift.population_stability import PSI
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.replay.recording import Period
from inference_exporter.replay.roles import Roles
from inference_exporter.replay.source import read
from inference_exporter.replay.tables import NativeSamples, read_data
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.samples.batch_rows import joined
from inference_exporter.samples.native import samples_of
from inference_exporter.verdict.comparing import Measuring

ROWS = 240


@dataclass(frozen=True)
class Kind:
    """A column in the forms of JSON, CSV and Arrow."""

    json: list
    csv: list[str]
    arrow: pa.Array
    numeric: bool
    flag: bool = False
    """Whether an untyped file needs --categorical-columns to keep it."""


def kind(values, numeric, *, texts=None, arrow=None, flag=False):
    """Return a kind of column whose rows repeat `values`."""
    rows = [values[row % len(values)] for row in range(ROWS)]
    written = [texts[row % len(values)] if texts else csv_text(rows[row]) for row in range(ROWS)]
    if arrow is None:
        array = pa.array(rows)
    elif isinstance(arrow, pa.DataType):
        array = pa.array(rows, arrow)
    else:
        array = arrow(rows)
    return Kind(rows, written, array, numeric, flag)


def csv_text(value):
    """Return the file that pandas writes."""
    return "" if value is None else str(value)


def repeated(values, of_type):
    return lambda rows: pa.array([values[row % len(values)] for row in range(len(rows))], of_type)


IDS = [10_000_000_000_000_000 + step for step in (1, 2, 3, 5, 8)]
MOMENTS = [datetime(2024, 1, 1 + day, 12 * (day % 2), tzinfo=UTC) for day in range(5)]
KINDS = {
    "quantity": kind([0.5, 1.25, -3.0, 7.125, 2.5, 0.0], True),
    "half precision": kind([0.1, 0.2, 0.3], True, arrow=repeated(np.float16([0.1, 0.2, 0.3]), pa.float16())),
    "single precision": kind([0.1, 0.2, 0.3, 4.99], True, arrow=pa.float32()),
    "whole numbers": kind([1, 2, 3, 4, 5], True),
    "unsigned": kind([1, 2, 2**32], True, arrow=pa.uint64()),
    "whole and not": kind([1, 1.0, 2, 2.5], True, arrow=lambda rows: pa.array([float(row) for row in rows])),
    "with gaps": kind([1, None, 2, 3], True),
    "negative zero": kind([-0.0, 0.0, 1.0], True),
    "not finite": kind(["Infinity", 1.5, 2.5, 3.5, "-Infinity", 4.5, *range(20)], True,
                       texts=["inf", "1.5", "2.5", "3.5", "-inf", "4.5", *map(str, range(20))],
                       arrow=repeated([np.inf, 1.5, 2.5, 3.5, -np.inf, 4.5, *range(20)], pa.float64())),
    "denormals": kind([5e-324, 1e-310, 2e-310], True),
    "up to 2**53": kind([2**53 - 1, 2**53 - 3, 2**53 - 9], True),
    "identifiers": kind(IDS, False),
    "identifiers with gaps": kind([*IDS, None], False),
    "identifiers beyond 2**64": kind([str(10**25 + step) for step in range(4)], False),
    "dates in digits": kind([20240101, 20240102, 20240131], True),
    "seconds": kind([1_700_000_000 + 86400 * day for day in range(6)], True),
    "milliseconds": kind([1_700_000_000_000 + 86_400_000 * day for day in range(6)], True),
    "microseconds": kind([1_700_000_000_000_000 + 86_400_000_000 * day for day in range(6)], True),
    "nanoseconds": kind([1_700_000_000_000_000_000 + 86_400_000_000_000 * day for day in range(6)], False),
    "decimals": kind([1.5, 2.25, 19.99], True, arrow=repeated(list(map(Decimal, ("1.50", "2.25", "19.99"))), None)),
    "empty": kind([None], True, arrow=lambda rows: pa.nulls(len(rows))),
    "empty texts": kind(["", "a", "b"], False),
    "texts": kind(["red", "green", "blue"], False),
    "blanks around": kind(["red ", " green", "blue"], False, arrow=repeated(["red", "green ", "blue"], pa.string())),
    "large texts": kind(["red", "green", None], False, arrow=pa.large_string()),
    "dictionary": kind(["red", "green", None], False, arrow=lambda rows: pa.array(rows).dictionary_encode()),
    "dictionary of numbers": kind([1, 2, 3], True, arrow=lambda rows: pa.array(rows).dictionary_encode()),
    "dictionary of decimals": kind(
        [1.5, 2.25], True,
        arrow=lambda rows: pa.array([Decimal("1.50"), Decimal("2.25")] * (len(rows) // 2)).dictionary_encode(),
    ),
    "missing marks": kind([None, "a", None, "b"], False, texts=["NA", "a", "null", "b"]),
    "mixed": kind([1, 1.0, "A", 2], False, texts=["1", "1.0", "A", "2"], arrow=repeated(["1", "1.0", "A", "2"], None)),
    "codes": kind(["01234", "00501", "12345"], False, flag=True),
    "truths": kind([True, False, None], False, texts=["True", "False", ""]),
    "truths of R": kind([True, False], False, texts=["TRUE", "FALSE"]),
    "yes and no": kind(["yes", "no"], False),
    "bytes": kind(["red", "green"], False, arrow=repeated([b"red", b"green"], pa.binary())),
    "composed": kind(["caf\u00e9", "na\u00efve", "a"], False,
                     arrow=repeated(["cafe\u0301", "nai\u0308ve", "a"], pa.string())),
    "nul": kind(["a\0b", "c"], False),
    "days": kind(["2024-01-01", "2024-01-02"], False,
                 arrow=repeated([date(2024, 1, 1), date(2024, 1, 2)], pa.date32())),
    "moments": kind([moment.isoformat() for moment in MOMENTS], False, texts=list(map(str, MOMENTS)),
                    arrow=repeated(MOMENTS, pa.timestamp("ns", "UTC"))),
    "moments of JavaScript": kind([f"{moment:%Y-%m-%dT%H:%M:%S}.000Z" for moment in MOMENTS], False,
                                  arrow=repeated(MOMENTS, pa.timestamp("ms", "Europe/Berlin"))),
    "moments without zone": kind([f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in MOMENTS], False,
                                 texts=[f"{moment:%Y-%m-%d %H:%M:%S}" for moment in MOMENTS],
                                 arrow=repeated([of.replace(tzinfo=None) for of in MOMENTS], pa.timestamp("us"))),
    "midnights": kind([f"2024-01-0{day}T00:00:00" for day in (1, 2)], False, texts=["2024-01-01", "2024-01-02"],
                      arrow=repeated([datetime(2024, 1, day) for day in (1, 2)], pa.timestamp("s"))),
    "times of day": kind(["12:30:00", "08:00:00"], False, arrow=repeated([time(12, 30), time(8)], pa.time64("us"))),
    "percentages": kind([0.0, 12.5, 50.0, 99.9, 100.0], True),
    "logits": kind([-4.5, -0.25, 0.0, 3.75], True),
}  # fmt: skip
NAMES = list(KINDS)
TIMES = [1_700_000_000 + row for row in range(ROWS)]


def write_csv(path):
    with path.open("w", newline="") as content:
        writer = csv.writer(content)
        writer.writerow(["time", *NAMES])
        writer.writerows(zip(TIMES, *(of.csv for of in KINDS.values()), strict=True))


def rows():
    return [dict(zip(NAMES, values, strict=True)) for values in zip(*(of.json for of in KINDS.values()), strict=True)]


def natives():
    return [{"time": when, "features": row} for when, row in zip(TIMES, rows(), strict=True)]


def write_flat(path):
    path.write_text("".join(json.dumps({"time": when, **row}) + "\n" for when, row in zip(TIMES, rows(), strict=True)))


def write_native(path):
    path.write_text("".join(json.dumps(row) + "\n" for row in natives()))


def arrow_table():
    return pa.table({"time": pa.array(TIMES), **{name: of.arrow for name, of in KINDS.items()}})


def native_table():
    features = pa.StructArray.from_arrays([of.arrow for of in KINDS.values()], NAMES)
    return pa.table({"time": pa.array(TIMES), "features": features})


FILES = {
    "table.csv": write_csv,
    "flat.ndjson": write_flat,
    "native.ndjson": write_native,
    "table.parquet": lambda path: pq.write_table(arrow_table(), path),
    "native.parquet": lambda path: pq.write_table(native_table(), path),
}


def ipc(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


BODIES = {
    "array": ("json", lambda: json.dumps(natives()).encode()),
    "lines": ("ndjson", lambda: "".join(json.dumps(row) + "\n" for row in natives()).encode()),
    "columns": (
        "json",
        lambda: json.dumps({"columns": {"features": {n: of.json for n, of in KINDS.items()}}}).encode(),
    ),
    "arrow": ("arrow", lambda: ipc(native_table())),
    "arrow of flat columns": ("arrow", lambda: ipc(arrow_table())),
}


def features_of(path):
    """Return the features as `reference build` reads them."""
    data = read_data(path, {name for name, of in KINDS.items() if of.flag})
    features = dict(data.batch.features if isinstance(data, NativeSamples) else data)
    features.pop("time", None)
    return features


def replayed(path):
    """Return the features as `replay` reads them, knowing the categories of the reference."""
    categorical = frozenset(name for name, of in KINDS.items() if not of.numeric)
    recording = read(path, Roles(categorical=categorical), Period(), lambda share: None)
    return joined([piece.batch for stream in recording.streams for piece in stream]).features


def sent(name):
    key, write = BODIES[name]
    batches = []
    for decoded in samples_of(FORMATS[key].read(iter([write()]))):
        assert not list(decoded.rejected)
        batches += decoded.batches
    return joined(batches).features


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("same")
    for name, write in FILES.items():
        write(path / name)
    return path


@pytest.fixture(scope="module")
def grids(folder):
    return {name: Grid(build(features_of(folder / name), ROWS)) for name in FILES}


@pytest.fixture(scope="module")
def traffic(folder):
    return {
        **{f"replay of {name}": replayed(folder / name) for name in FILES},
        **{f"body of {name}": sent(name) for name in BODIES},
    }


SENDERS = [*(f"replay of {name}" for name in FILES), *(f"body of {name}" for name in BODIES)]


@pytest.mark.parametrize("file", FILES)
def test_every_reader_learns_the_same_features(grids, file):
    """Names and types of features are those of the table, in every kind of file."""
    found = {column.name: column.numeric for column in grids[file].columns}
    assert found == {name: of.numeric for name, of in KINDS.items()}


@pytest.mark.parametrize("file", FILES)
def test_every_reader_learns_the_same_histograms(grids, file):
    """The counts of the exposed buckets are those of CSV."""
    of_file, of_csv = ({name: list(counts) for name, counts in histograms(grids[name])} for name in (file, "table.csv"))
    assert of_file == of_csv


def histograms(grid):
    counts = grid.fold(grid.reference_counts())
    for index, column in enumerate(grid.columns):
        yield column.name, counts[index]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("sender", SENDERS)
def test_the_same_rows_are_no_drift(grids, traffic, file, sender):
    """The rows that a reference was learned from have a PSI of 0 in every column, however they arrive."""
    grid, features = grids[file], traffic[sender]
    measuring, everything = Measuring(grid), slice(0, ROWS)
    located = grid.locate(Batch(ROWS, ModelKey(), np.zeros(ROWS), features))
    cells = located.counts(everything, grid.n_cells)
    drift = PSI.compute(measuring.compare(cells, located.sums(everything)))
    found = {column.name: value for column, value in zip(grid.columns, drift.tolist(), strict=True)}
    assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-9)
