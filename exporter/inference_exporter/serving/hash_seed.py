"""The seed of Python's hashes, the same for each worker of a folder: snapshots hold hashes of ids.

It is drawn once per folder and readable by its owner only, so that no sender can choose ids that collide.
"""

import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ..config.schema import StorageConfig
from ..files import PRIVATE, read_bytes, write_text

log = logging.getLogger(__name__)
NAME = "hash_seed"
LARGEST_SEED = 2**32 - 1  # of PYTHONHASHSEED
LONGEST_FILE = 100


def environment_of(storage: StorageConfig) -> Mapping[str, str] | None:
    """Return the worker's environment, None for the front's."""
    if storage.path is None or storage.mode == "memory":
        return None
    try:
        return {**os.environ, "PYTHONHASHSEED": str(seed_in(storage.path))}
    except OSError as error:
        log.error("%s: %s; a restart will not restore snapshots", storage.path, error)
        return None


def seed_in(folder: Path) -> int:
    """Return the seed of a folder, drawn if it has none.

    Raises
    ------
    OSError
        If it can neither be read nor written.
    """
    try:
        seed = int(read_bytes(folder / NAME, LONGEST_FILE))
        if 1 <= seed <= LARGEST_SEED:
            return seed
        log.error("%s: expected a number from 1 to %d; drawn anew", folder / NAME, LARGEST_SEED)
    except FileNotFoundError:
        pass
    except ValueError:
        log.error("%s: expected a number; drawn anew", folder / NAME)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seed = 1 + secrets.randbelow(LARGEST_SEED)
    write_text(folder / NAME, f"{seed}\n", PRIVATE)
    return seed
