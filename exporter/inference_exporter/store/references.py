"""Keeps learned references in a folder, so that a restart need not learn them again."""

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
    """Learned references, one file per model, version and variant.

    A reference that cannot be written (a full disk, a folder not mounted yet) is retried, with pauses that double up
    to five minutes. Thread-safe.
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
        """References not yet on disk."""
        return len(self._unsaved)

    def save(self, key: ModelKey, reference: Reference) -> None:
        """Save a reference; a full disk does not affect the running monitor."""
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
                    log.info("%s: learned reference saved after retries", "/".join(key))
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
                # A newer one may have come while this one was written.
                if self._unsaved.get(key) is reference:
                    del self._unsaved[key]
        return not attempt.failed

    def find(self, key: ModelKey) -> Reference | None:
        """Return the saved reference of a model, None if there is no readable one."""
        try:
            return load(self._path(key))
        except ReferenceFault as fault:
            if isinstance(fault.__cause__, FileNotFoundError):
                return None
            log.error("learned reference ignored: %s", fault)
            return None

    def _path(self, key: ModelKey) -> Path:
        # Names may contain anything, even path separators; the file itself names its model.
        digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]
        return self._folder / "references" / f"{digest}.reference.json"
