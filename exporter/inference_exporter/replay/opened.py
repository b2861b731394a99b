"""Opens a recording, gzipped or not, and reports how much of it has been read."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import TableError

Progress = Callable[[float], None]
"""Called with the share read so far, from 0 to 1."""


@contextmanager
def opened(path: Path, progress: Progress) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """Yield the content, and a function to call now and then while reading.

    Raises
    ------
    TableError
        If it cannot be read, now or later.
    """
    try:
        with path.open("rb") as raw:
            size = max(path.stat().st_size, 1)

            def tell() -> None:
                progress(raw.tell() / size)

            if path.name.endswith(".gz"):
                with gzip.open(raw) as content:
                    yield content, tell  # type: ignore[misc]  # a GzipFile reads like a binary file
            else:
                yield raw, tell
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TableError(f"{path}: expected a complete gzip file, got: {error}") from error
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror or error}") from error
