"""Keeps learned references in a folder, so that a restart does not learn anew."""

import hashlib
import logging
from pathlib import Path

from ..errors import ReferenceFault
from ..reference.reference import Reference, load, save
from ..samples.batch import ModelKey

log = logging.getLogger(__name__)


class ReferenceFolder:
    """Learned references, one file a model, version and variant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, key: ModelKey, reference: Reference) -> None:
        """Keep a reference; a full disk costs the restart, not the running monitor."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save(reference, path)
        except OSError as error:
            log.error("%s: learned reference not kept: %s", path, error)

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
