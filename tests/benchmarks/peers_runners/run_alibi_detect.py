"""alibi-detect at its defaults: `TabularDrift`, p < 0.05 divided among the columns (Bonferroni).

It wants numbers: categories become the codes of the reference, one a new category; a missing number stays NaN,
a missing category becomes a code of its own.
"""

import time
from functools import lru_cache

import numpy as np
from alibi_detect.cd import TabularDrift
from common import Columns, Decisions, Stream, ends, found, load, main, n_rows

MISSING = "(missing)"


@lru_cache(maxsize=2)
def detector(path: str) -> tuple[TabularDrift, dict[str, dict[str, int]]]:
    """Return a detector that holds the reference, and the codes of its categories."""
    reference = load(path)
    codes = {
        name: {value: code for code, value in enumerate(sorted({value or MISSING for value in column}))}
        for name, column in reference.items()
        if not isinstance(column, np.ndarray)
    }
    places = {place: None for place, name in enumerate(reference) if name in codes}
    return TabularDrift(matrix(reference, codes), categories_per_feature=places), codes


def matrix(columns: Columns, codes: dict[str, dict[str, int]]) -> np.ndarray:
    """Return columns as one matrix of numbers."""
    return np.column_stack(
        [
            column
            if isinstance(column, np.ndarray)
            else np.array([codes[name].setdefault(value or MISSING, len(codes[name])) for value in column], dtype=float)
            for name, column in columns.items()
        ]
    )


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge the windows of a stream until its drift is found."""
    judge, codes = detector(stream["reference"])
    columns = load(stream["stream"])
    rows, names = matrix(columns, codes), list(columns)
    for start, end in ends(n_rows(columns), size):
        started = time.process_time()
        answer = judge.predict(rows[start:end])["data"]
        decisions.timed(size, time.process_time() - started)
        if np.isnan(answer["p_val"]).any():
            decisions.note("a missing number makes a column's p-value NaN: that column is never flagged")
        flagged = [name for name, p in zip(names, answer["p_val"], strict=True) if p < answer["threshold"]]
        assert bool(flagged) == bool(answer["is_drift"])
        decisions.add("alibi-detect", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


if __name__ == "__main__":
    main("alibi-detect", check)
