"""One process owns a folder: two that write the same journal would count the same samples twice."""

import fcntl
import os
import time
from pathlib import Path

from ..errors import StoreFault

# A worker whose front was killed needs a moment to end.
PATIENCE_SECONDS, PAUSE_SECONDS = 10.0, 0.02


def own(folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Wait until no other process owns a folder; returns the lock, which lasts until it is closed or we end.

    Raises
    ------
    StoreFault
        If another process keeps it.
    OSError
        If the lock file cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError as error:
            if time.monotonic() > until:
                os.close(lock)
                raise StoreFault(
                    f"{folder}: in use by another process; each needs a storage.path of its own"
                ) from error
        time.sleep(PAUSE_SECONDS)
