"""Virtual environments of servers, kept in a cache outside the repository."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

INSTALL_SECONDS = 1500
LINES_SHOWN = 3


class NotInstalled(Exception):
    """A package cannot be had; the message has the end of pip's words."""


def cache() -> Path:
    """Return the folder of all environments."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "inference-exporter" / "interop"


def installed(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of an environment that has the packages, made on first use.

    A file written at the end marks an environment as complete, with what it
    was made of: one that was interrupted, or whose packages changed, is made anew.
    """
    folder = cache() / name
    python, mark = folder / "bin" / "python", folder / "complete"
    if mark.is_file() and mark.read_text().split() == list(packages):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", folder])
    _run([python, "-m", "pip", "install", "--quiet", "--prefer-binary", "--disable-pip-version-check", *packages])
    mark.write_text("\n".join(packages))
    return python


def _run(command: Sequence[str | Path]) -> None:
    try:
        done = subprocess.run(
            ["nice", "-n", "10", *command], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"not installed within {INSTALL_SECONDS} s") from None
    if done.returncode:
        raise NotInstalled("; ".join(done.stderr.strip().splitlines()[-LINES_SHOWN:]))
