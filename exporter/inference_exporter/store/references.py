"""Keeps learned references in a folder, so that a restart does not learn anew."""

import hashlib
import logging
import threading
from pathlib import Path

from ..errors import ReferenceFault
from ..failures import Failures
from ..files import PRIVATE
from ..reference.reference import Reference, load, save
from ..samples.batch import ModelKey

log = logging.getLogger(__name__)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 300.0


class ReferenceFolder:
    """Learned references, one file a model, version and variant.

    A reference that cannot be written (a full disk, a folder that is not mounted yet) is tried again, with pauses that
    double up to five minutes. Safe for threads.
    """

    def __init__(
        self, folder: Path, failures: Failures | None = None, first_pause_seconds: float = FIRST_PAUSE_SECONDS
    ) -> None:
        self._folder = folder
        self._failures = failures or Failures()
        self._first_pause_seconds = first_pause_seconds
        self._lock = threading.Lock()
        self._unsaved: dict[ModelKey, Reference] = {}
        self._retries: threading.Thread | None = None

    @property
    def unsaved(self) -> int:
        """References that are not on disk yet."""
        return len(self._unsaved)

    def save(self, key: ModelKey, reference: Reference) -> None:
        """Keep a reference; a full disk costs the restart, not the running monitor."""
        with self._lock:
            self._unsaved[key] = reference
        if self._written(key, reference):
            return
        with self._lock:
            if self._retries is None:
                self._retries = threading.Thread(target=self._retry, name="reference-retries", daemon=True)
                self._retries.start()

    def _retry(self) -> None:
        pause = self._first_pause_seconds
        while True:
            threading.Event().wait(pause)
            for key, reference in list(self._unsaved.items()):
                if self._written(key, reference):
                    log.info("%s: learned reference kept after all", "/".join(key))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            with self._lock:
                if not self._unsaved:
                    self._retries = None
                    return

    def _written(self, key: ModelKey, reference: Reference) -> bool:
        with self._failures.contained("store", "reference", key) as attempt:
            path = self._path(key)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(reference, path, PRIVATE)
            with self._lock:
                if self._unsaved.get(key) is reference:
                    del self._unsaved[key]
        return not attempt.failed

    def find(self, key: ModelKey) -> Reference | None:
        """Return the reference that was kept for a model, None where there is none that can be read."""
        path = self._path(key)
        if not path.exists():
            return None
        try:
            return load(path)
        except ReferenceFault as fault:
            log.error("learned reference left aside: %s", fault)
            return None

    def _path(self, key: ModelKey) -> Path:
        # Names may hold anything, a path separator included; the file says inside whose it is.
        digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]
        return self._folder / "references" / f"{digest}.reference.json"
