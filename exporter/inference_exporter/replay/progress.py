"""A progress bar, on terminals only."""

from collections.abc import Callable
from typing import TextIO

WIDTH = 40
Bar = Callable[[str, float], None]
"""Called with the current activity and its progress, from 0 to 1."""


def progress_bar(stream: TextIO) -> Bar:
    """Return a bar that redraws itself; silent if the stream is not a terminal."""
    drawn = ""

    def show(what: str, share: float) -> None:
        nonlocal drawn
        filled = int(WIDTH * min(share, 1.0))
        line = f"\r{what:<10} [{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%}"
        # Most calls change nothing that is visible.
        if line != drawn:
            drawn = line
            stream.write(line if share < 1 else "\r" + " " * len(line) + "\r")
            stream.flush()

    return show if stream.isatty() else (lambda what, share: None)
