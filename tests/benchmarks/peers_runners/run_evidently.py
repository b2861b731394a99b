"""Evidently at its defaults: the tests that `DataDriftPreset` picks for each column, window against reference.

A whole `Report` also draws a picture of each column, which takes a hundred times as long as the tests. So the
tests are called as the report calls them, and on some windows a real report must say the same.
"""

import time
from collections.abc import Mapping
from functools import lru_cache

import pandas as pd
from common import WHOLE, Decisions, Stream, found, main
from evidently import Report
from evidently.core.datasets import infer_column_type
from evidently.legacy.calculations.stattests import get_stattest
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset
from frames import chunks, frame

TESTED = {ColumnType.Numerical, ColumnType.Categorical, ColumnType.Text}
COLUMN, DATASET = "Evidently", "Evidently, dataset verdict"
DATASET_SHARE = 0.5  # DataDriftPreset's drift_share


@lru_cache(maxsize=4)
def present(path: str) -> dict[str, pd.Series]:
    """Return what is not missing of each column of a reference."""
    return {name: column.dropna() for name, column in frame(path).items()}


def flagged_by_tests(reference: Mapping[str, pd.Series], window: pd.DataFrame) -> tuple[list[str], int]:
    """Return the columns whose test finds drift at its own threshold, and how many were tested."""
    kinds = {name: infer_column_type(window[name]) for name in window.columns}
    flagged, tested = [], 0
    for name, kind in kinds.items():
        before, now = reference[name], window[name].dropna()
        if kind not in TESTED or now.empty:
            continue
        tested += 1
        test = get_stattest(before, now, kind, None)
        if bool(test(before, now, kind, None).drifted):
            flagged.append(name)
    return flagged, tested


def flagged_by_report(reference: pd.DataFrame, window: pd.DataFrame) -> list[str]:
    """Return the same by a whole report with its tests switched on."""
    content = Report([DataDriftPreset()], include_tests=True).run(window, reference).dict()
    tests = [test for test in content["tests"] if str(test["status"]).endswith("FAIL")]
    columns = [test["metric_config"]["params"].get("column") for test in tests]
    return [column for column in columns if column is not None]


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge the windows of a stream until its drift is found."""
    reference = present(stream["reference"])
    seen = {COLUMN: False, DATASET: False}
    for place, (end, window) in enumerate(chunks(stream["stream"], size)):
        started = time.process_time()
        flagged, tested = flagged_by_tests(reference, window)
        decisions.timed(size, time.process_time() - started)
        if place == 0 and stream["compare"]:
            _compare(flagged, flagged_by_report(frame(stream["reference"]), window), decisions)
        whole = [WHOLE] if len(flagged) >= DATASET_SHARE * tested else []
        for variant, columns in ((COLUMN, flagged), (DATASET, whole)):
            decisions.add(variant, stream, size, end, columns)
            seen[variant] = seen[variant] or found(stream, end, columns)
        if all(seen.values()):
            break


def _compare(tests: list[str], report: list[str], decisions: Decisions) -> None:
    same = sorted(tests) == sorted(report)
    decisions.note("a whole Report says the same" if same else f"a whole Report differs: {set(tests) ^ set(report)}")


if __name__ == "__main__":
    main("evidently", check)
