"""The files that a configured path means: itself, what matches its pattern, or what lies in its folder."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

_HIDDEN = (".", "_")  # as Spark and pandas write them beside tables: _SUCCESS, .part-0.crc


def files_of(path: Path) -> Iterator[Path]:
    """Yield the files of a path, a pattern or a folder, in the order of their names."""
    text = str(path)
    if not glob.has_magic(text):
        yield from _inside(path) if path.is_dir() else [path]
        return
    for match in sorted(glob.iglob(text, recursive=True)):  # noqa: PTH207 - Path.glob refuses absolute patterns
        found = Path(match)
        yield from _inside(found) if found.is_dir() and "**" not in text else ([] if found.is_dir() else [found])


def _inside(folder: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(folder):
        # In place: `os.walk` descends only into what is left in the list.
        folders[:] = sorted(each for each in folders if not each.startswith(_HIDDEN))
        yield from (Path(name) / each for each in sorted(files) if not each.startswith(_HIDDEN))
