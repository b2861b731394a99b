"""``inference-exporter replay``: recorded samples through the engine, and the report."""

import csv
import gzip
import json
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO

import numpy as np
import pyarrow as pa
import pytest
from inference_exporter.cli import main
from pyarrow import parquet

START = 1_770_000_000  # a Monday in 2026
CONFIG = """
windows: [6h, 12h]
models:
  - name: fraud
    version: "7"
"""
FLAGS = ("--time-column=when", "--prediction-column=answer", "--ignore-columns=row")


def rows_of(n=6000, seed=3, drift_from=0.75):
    """Return rows a minute apart, whose `age` moves by two standard deviations in the last quarter."""
    random = np.random.default_rng(seed)
    moved = np.arange(n) >= drift_from * n
    age = random.normal(40, 10, n) + 20 * moved
    country = random.choice(["FR", "DE", "ES"], n)
    return [
        {"row": i, "when": START + 60 * i, "age": float(age[i]), "country": str(country[i]),
         "answer": ("no", "yes")[i % 2]}
        for i in range(n)
    ]  # fmt: skip


def write_csv(path, rows, opened=open):
    with opened(path, "wt", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_native(path, rows):
    samples = [
        {"time": row["when"], "model": "fraud", "version": "7", "prediction": row["answer"],
         "features": {"age": row["age"], "country": row["country"]}}
        for row in rows
    ]  # fmt: skip
    path.write_text("".join(json.dumps(sample) + "\n" for sample in samples))


WRITERS = {
    "a.csv": write_csv,
    "a.csv.gz": lambda path, rows: write_csv(path, rows, gzip.open),
    "a.jsonl": lambda path, rows: path.write_text("".join(json.dumps(row) + "\n" for row in rows)),
    "native.ndjson": write_native,
    "a.parquet": lambda path, rows: parquet.write_table(pa.Table.from_pylist(rows), path),
}


def replayed(folder, name, rows, *flags, config=CONFIG):
    """Write rows, replay them, and return the exit code and the report."""
    (folder / "config.yml").write_text(config)
    WRITERS[name](folder / name, rows)
    roles = () if name.startswith("native") else FLAGS
    code = main(
        ["replay", str(folder / name), f"--config.file={folder / 'config.yml'}",
         f"--json={folder / 'r.json'}", "--reference-share=0.5", "--step=15m", "--clean-draws=4", *roles, *flags]
    )  # fmt: skip
    return code, json.loads((folder / "r.json").read_text())


@pytest.fixture
def replay(tmp_path):
    """Return a function that replays rows in a folder of the test."""
    return lambda *arguments, **more: replayed(tmp_path, *arguments, **more)


@dataclass
class Drifting:
    """Everything that one replay of drifting rows writes."""

    code: int
    report: dict
    text: str
    page: str


@pytest.fixture(scope="module")
def drifting(tmp_path_factory):
    """Replay drifting rows, once for the tests that read the results."""
    folder = tmp_path_factory.mktemp("drifting")
    with redirect_stdout(StringIO()) as printed:
        code, report = replayed(folder, "a.csv", rows_of(), "--fail-on-drift", f"--html={folder / 'report.html'}")
    page = (folder / "report.html").read_text()
    assert str(folder) not in page
    return Drifting(code, report, printed.getvalue(), page)


@pytest.fixture(scope="module")
def in_order(tmp_path_factory):
    """Return the report of 1,500 rows in order, by the name of their file."""
    folder = tmp_path_factory.mktemp("in-order")
    return {name: replayed(folder, name, rows_of(1500))[1] for name in WRITERS}


@pytest.mark.slow
def test_drift_is_found_where_it_begins(drifting):
    """The verdict on the shifted feature starts within six hours of the shift; no other feature has one."""
    (model,) = drifting.report["models"]
    episodes = model["episodes"]
    assert {episode["name"] for episode in episodes} == {"age"}
    moved = START + 60 * 4500
    first = min(episode["start"] for episode in episodes)
    assert moved < first < moved + 6 * 3600
    assert all(episode["end"] is None for episode in episodes)
    assert "fraud 7 (champion)" in drifting.text and "Drift: 2 episodes" in drifting.text
    assert "not ended" in drifting.text


@pytest.mark.slow
def test_every_format_tells_the_same(in_order):
    """The report does not depend on the file format."""
    reports = [{key: report[key] for key in report.keys() - {"throughput", "data"}} for report in in_order.values()]
    assert all(report == reports[0] for report in reports)
    assert reports[0]["models"][0]["episodes"]


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_rows_out_of_order_are_sorted(replay, in_order, name):
    """Rows in any order give the report of the rows in order, and are counted."""
    rows, expected = rows_of(1500), in_order[name]
    np.random.default_rng(1).shuffle(rows)
    _, found = replay(name, rows)
    assert expected["accounting"]["out_of_order"] == 0 < found["accounting"]["out_of_order"]
    assert found["models"][0]["episodes"] == expected["models"][0]["episodes"]


@pytest.mark.slow
def test_fails_on_drift_where_asked_to(drifting, replay):
    """With --fail-on-drift drift is exit code 1, and calm is 0; without it drift is 0 as well."""
    assert drifting.code == 1
    assert replay("a.csv", rows_of(2000, drift_from=2.0), "--fail-on-drift")[0] == 0
    code, report = replay("a.csv", rows_of(1500))
    assert code == 0 and report["models"][0]["episodes"]


@pytest.mark.slow
def test_a_part_is_replayed_as_if_there_were_no_more(replay):
    """--from and --to leave out rows outside, and the accounting counts them."""
    start, end = START + 60 * 100, START + 60 * 1200
    _, report = replay("a.parquet", rows_of(1500), f"--from={start}", f"--to={end}")
    accounting = report["accounting"]
    assert accounting["rows_read"] == 1500 and accounting["left_out"] == 400 and accounting["accepted"] == 1100
    assert accounting["learned_from"] == 550 and report["throughput"]["samples"] == 550


@pytest.mark.slow
def test_outcomes_are_joined(replay):
    """Outcomes arrive after their delay and make the realised performance of the report."""
    rows = [row | {"truth": row["answer"] if row["row"] % 4 else "no"} for row in rows_of()]
    _, report = replay("a.csv", rows, "--outcome-column=truth", "--outcome-delay=1h")
    assert report["accounting"]["outcomes"] == pytest.approx(
        3000 - 60, abs=15
    )  # those of the last hour arrive too late
    series = {item["measure"]: item["values"] for item in report["models"][0]["performance"]}
    known = [value for value in series["accuracy_ratio"] if value is not None]
    right = np.mean([row["truth"] == row["answer"] for row in rows])
    assert len(known) > 100 and np.mean(known) == pytest.approx(right, abs=0.05)


@pytest.mark.slow
def test_windows_that_hold_too_little_are_named(replay, capsys):
    """A window that never has a verdict is named, with windows that would."""
    replay("a.csv", rows_of(2000), config=CONFIG.replace("6h, 12h", "5m, 6h"))
    out = capsys.readouterr().out
    assert "No verdict in 5m: never 50 samples in such a window. For this recording try windows: [6h, 1d, 7d]." in out


@pytest.mark.slow
def test_clean_windows_raise_nothing(replay):
    """The estimate of false alarms uses clean windows of typical sizes."""
    _, report = replay("a.csv", rows_of(2000), "--clean-draws=40")
    by_window = {estimate["window"]: estimate for estimate in report["models"][0]["false_alarms"]}
    assert set(by_window) == {"6h", "12h"}
    for estimate in by_window.values():
        assert estimate["low"] <= estimate["share"] <= estimate["high"] < 0.1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--time-column=nope",), "--time-column: expected one of row, when, age, country, answer, got 'nope'"),
        (("--reference-share=1.5",), "expected a number between 0 and 1, got '1.5'"),
        (("--step=soon",), "expected a duration such as 5m, 1h30m or 250ms, got 'soon'"),
        (("--from=2031-01-01",), "expected rows to replay, got none of 20"),
    ],
)
def test_bad_usage_is_reported(tmp_path, capsys, flags, message):
    """Bad usage is exit code 2 and states what was expected."""
    write_csv(tmp_path / "a.csv", rows_of(20))
    try:
        code = main(["replay", str(tmp_path / "a.csv"), "--time-column=when", *flags])
    except SystemExit as left:
        code = left.code
    assert code == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_needs_nothing_else(drifting):
    """The page has inline plots, names what drifted, and makes no network requests."""
    assert "1 feature drifted" in drifting.page and drifting.page.count('<svg class="lanes"') >= 3
    assert not re.search(r"(src|href)=[\"'](?!#)", drifting.page)
