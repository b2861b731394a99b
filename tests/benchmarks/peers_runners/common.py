"""What every runner shares: reading streams, cutting them in windows, writing down what was flagged.

Runs inside the environment of each peer, so it imports nothing but numpy and the standard library.
A table is one .npz file: ``n:NAME`` holds numbers (NaN where missing), ``c:NAME`` holds codes of the
categories in ``k:NAME`` (-1 where missing). No pickles, no Parquet: every environment can read it.
"""

import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, Any]
Stream = dict[str, Any]
WHOLE = "*"
"""Flagged where a tool speaks of the data set as a whole and names no column."""


def save(path: Path, columns: Columns) -> None:
    """Write columns: arrays of numbers, or lists of texts with None where missing."""
    content: dict[str, np.ndarray] = {}
    for name, column in columns.items():
        if isinstance(column, np.ndarray):
            content[f"n:{name}"] = column.astype(np.float64)
            continue
        names = sorted({value for value in column if value is not None})
        code = {value: place for place, value in enumerate(names)} | {None: -1}
        content[f"k:{name}"] = np.array(names, dtype=np.str_)
        content[f"c:{name}"] = np.array([code[value] for value in column], dtype=np.int32)
    np.savez(path, **content)


@lru_cache(maxsize=4)
def load(path: str) -> Columns:
    """Read what `save` wrote."""
    columns: Columns = {}
    with np.load(path) as content:
        for key in content.files:
            kind, _, name = key.partition(":")
            if kind == "n":
                columns[name] = content[key]
            elif kind == "c":
                names = np.array([*content[f"k:{name}"].tolist(), None], dtype=object)
                columns[name] = names[content[key]].tolist()
    return columns


def n_rows(columns: Columns) -> int:
    """Return the number of rows."""
    return len(next(iter(columns.values())))


def ends(n: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield where each full window of `size` samples begins and ends."""
    for start in range(0, n - size + 1, size):
        yield start, start + size


@dataclass
class Decisions:
    """What one tool said: the looks that flagged something, by variant of the tool, stream and window size."""

    flagged: dict[str, dict[str, dict[str, list[tuple[int, list[str]]]]]] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, variant: str, stream: Stream, size: int, end: int, flagged: list[str]) -> None:
        """Write down a look at the samples before `end`."""
        of_stream = self.flagged.setdefault(variant, {}).setdefault(stream["id"], {}).setdefault(str(size), [])
        if flagged:
            of_stream.append((end, flagged))

    def timed(self, size: int, seconds: float, looks: int = 1) -> None:
        """Add up what looks took."""
        self.looks[str(size)] = self.looks.get(str(size), 0) + looks
        self.seconds[str(size)] = self.seconds.get(str(size), 0.0) + seconds

    def note(self, text: str) -> None:
        """Remember something that a reader of the table should know, once."""
        if text not in self.notes:
            self.notes.append(text)


def found(stream: Stream, end: int, flagged: list[str]) -> bool:
    """Tell whether a look finds the drift of its stream, so that nothing after it can change the delay."""
    if stream["onset"] is None or end <= stream["onset"]:
        return False
    return not set(flagged).isdisjoint([*stream["drifted"], WHOLE]) if stream["drifted"] else bool(flagged)


Check = Callable[[Stream, int, Decisions], None]


def main(package: str, check: Check) -> None:
    """Check every stream at every size of the manifest (first argument) and write decisions (second argument)."""
    manifest = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    decisions = Decisions()
    started = time.perf_counter()
    for size in manifest["sizes"]:
        for stream in manifest["streams"]:
            check(stream, size, decisions)
    content = {
        "version": version(package),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "total_seconds": time.perf_counter() - started,
        **vars(decisions),
    }
    Path(sys.argv[2]).write_text(json.dumps(content), encoding="utf-8")
