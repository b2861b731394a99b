"""What a replica must remember about its claims while it cannot reach the database: a small file beside the journal."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ....errors import StoreFault
from ....files import PRIVATE, read_bytes, write_text

NAME = "evaluation-replica.json"
LARGEST = 1 << 24


@dataclass
class Notes:
    """Of one replica; saved by `save`."""

    replica: int
    """Who we are in the database; it stays with the journal."""
    since: int | None = None
    """The entry after which claims of an earlier process may not have been counted."""
    doubtful: list[tuple[int, int]] = field(default_factory=list)
    """Entry and number of claims whose answer was lost."""

    def save(self, folder: Path) -> None:
        """Write the file.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        write_text(folder / NAME, json.dumps(asdict(self)), PRIVATE)


def notes_in(folder: Path) -> Notes:
    """Return the notes of a folder, new ones if there are none.

    Raises
    ------
    OSError
        If the file cannot be read or written.
    StoreFault
        If it is damaged: with another number, the replica would count its outcomes again.
    """
    try:
        found = json.loads(read_bytes(folder / NAME, LARGEST))
        return Notes(int(found["replica"]), found["since"], [(int(a), int(b)) for a, b in found["doubtful"]])
    except FileNotFoundError:
        notes = Notes(secrets.randbits(63))
        notes.save(folder)
        return notes
    except (ValueError, KeyError, TypeError) as error:
        raise StoreFault(f"{folder / NAME}: damaged: {error}") from error
