"""A progress bar on a terminal, and nothing elsewhere."""

from collections.abc import Callable
from typing import TextIO

WIDTH = 40
Bar = Callable[[str, float], None]
"""Told what is being done, and how far it is, from 0 to 1."""


def progress_bar(stream: TextIO) -> Bar:
    """Return a bar that is drawn over itself; it is silent where the stream is no terminal."""
    drawn = ""

    def show(what: str, share: float) -> None:
        nonlocal drawn
        filled = int(WIDTH * min(share, 1.0))
        line = f"\r{what:<10} [{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%}"
        if line != drawn:
            drawn = line
            stream.write(line if share < 1 else "\r" + " " * len(line) + "\r")
            stream.flush()

    return show if stream.isatty() else (lambda what, share: None)
