"""Follows all configured files in one thread: finds new ones, reads each in turn, and keeps their positions."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ....config.inputs import FileConfig, InputsConfig, keeping_stdin
from .._base import STALLED_SECONDS, Number, Surroundings, Way
from .follower import Counts, Follower
from .names import files_of
from .positions import FILES_AT_MOST, Identity, Position, PositionFile

log = logging.getLogger(__name__)

# Polling, not inotify: the same for every file system, network ones included, and cheap for some thousand files.
LOOK_SECONDS = 1.0
SAVE_SECONDS = 1.0
# A file that was renamed, or removed, is followed until its writer has surely opened the next one.
LINGER_SECONDS = 60.0
REMEMBERED = 100  # positions of files that have gone, in case a copy turns up
_STDIN: Identity = (-1, -1)
Values = dict[tuple[str, ...], float]


class FollowedFiles:
    """The files of all configured paths."""

    def __init__(self, config: InputsConfig, around: Surroundings) -> None:
        self._around, self._config = around, config
        self._kept = PositionFile(around.storage)
        self._earlier = {position.identity: position for position in self._kept.load()}
        self._gone: list[Position] = []
        self._followers: dict[Identity, Follower] = {}
        self._counts: dict[Path, Counts] = {}
        self._faults: set[str] = set()
        self._looked_at = self._saved_at = float("-inf")
        self._turned_at = time.monotonic()
        self.reconfigure(config)

    def reconfigure(self, config: InputsConfig) -> None:
        """Follow the files of a new configuration; those of a path that stays keep their position."""
        config = keeping_stdin(config, self._config)
        self._counts = {each.path: self._counts.get(each.path, Counts()) for each in config.files}
        self._config = config

    def run(self, stop: threading.Event) -> None:
        """Follow until told to stop."""
        if self._config.files and self._around.storage is None:
            log.warning("positions in files are not kept: without storage.path a restart reads them again")
        while not stop.is_set():
            if not self.turn(time.monotonic(), stop.wait):
                stop.wait(LOOK_SECONDS)
        self._save()

    def turn(self, now: float, pause: Callable[[float], object] = lambda seconds: None) -> int:
        """Read one portion of each file, no faster than configured; returns how many bytes."""
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._look(now)
            self._turned_at = time.monotonic()
        total = 0
        for follower in list(self._followers.values()):
            read = self._step(follower, now)
            self._turned_at = time.monotonic()
            total += read
            if read:
                # Slows down backlogs only: a file that grows slower than the rate is read as it grows.
                pause(read / self._config.read_rate)
        if now - self._saved_at >= SAVE_SECONDS:
            self._saved_at = now
            self._save()
        return total

    def working(self, now: float) -> Mapping[str, bool]:
        """Return for each path whether there is a file that can be read, and its thread reads."""
        has_turned = now - self._turned_at < STALLED_SECONDS
        readable = {each.config.path for each in list(self._followers.values()) if not each.fault}
        return {str(path): has_turned and path in readable for path in self._counts}

    def numbers(self) -> Sequence[Number]:
        """Return what to show on /metrics."""
        if not self._counts:
            return ()
        followers = list(self._followers.values())
        mine = {path: [each for each in followers if each.config.path == path] for path in self._counts}
        lag: Values = {(str(path),): sum(map(_lag_of, each)) for path, each in mine.items()}
        count: Values = {(str(path),): len(each) for path, each in mine.items()}
        read: Values = {(str(path),): counts.read_bytes for path, counts in self._counts.items()}
        errors: Values = {
            (str(path), reason): number
            for path, counts in self._counts.items()
            for reason, number in counts.errors.items()
        }
        return (
            Number("inference_exporter_files_followed", "Files being read.", "gauge", ("path",), count),
            Number("inference_exporter_files_lag_bytes", "Bytes of files that are still to be read.", "gauge",
                   ("path",), lag),
            Number("inference_exporter_files_read_bytes_total", "Bytes read from files, decompressed.", "counter",
                   ("path",), read),
            Number("inference_exporter_files_errors_total", "Faults of files, by reason.", "counter",
                   ("path", "reason"), errors),
        )  # fmt: skip

    # Finding files.

    def _look(self, now: float) -> None:
        found: dict[Identity, Follower] = {}
        for config in self._config.files:
            with self._around.failures.contained("input", "files"):
                self._look_for(config, found, now)
        for identity, follower in list(self._followers.items()):
            if identity in found:
                continue
            if follower.config.path not in self._counts or follower.is_still(now, LINGER_SECONDS):
                self._forget(identity, follower)
        if self._earlier:
            self._find_renamed(now)

    def _look_for(self, config: FileConfig, found: dict[Identity, Follower], now: float) -> None:
        counts = self._counts[config.path]
        if config.is_stdin:
            if _STDIN not in self._followers:
                self._followers[_STDIN] = Follower(config.path, config, counts, now)
            found[_STDIN] = self._followers[_STDIN]
            return
        for path in files_of(config.path):
            try:
                about = path.stat()
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    self._note(path, counts, "unreadable", str(error.strerror))
                continue
            identity = about.st_dev, about.st_ino
            known = self._followers.get(identity)
            if known is not None:
                known.path = path
            elif len(self._followers) >= FILES_AT_MOST:
                self._note(config.path, counts, "too_many_files", f"more than {FILES_AT_MOST} files")
                return
            else:
                known = self._opened(path, config, now)
            if known is not None:
                found[identity] = known

    def _opened(self, path: Path, config: FileConfig, now: float) -> Follower | None:
        counts = self._counts[config.path]
        try:
            follower = Follower(path, config, counts, now)
            head = follower.head
        except OSError as error:
            self._note(path, counts, "unreadable", str(error.strerror))
            return None
        identity = follower.identity
        earlier = self._earlier.pop(identity, None)
        if earlier is not None and earlier.is_of(head):
            follower.continue_at(earlier.offset)
        else:
            follower.continue_at(self._offset_of_original(path, head))
        self._followers[identity] = follower
        return follower

    def _offset_of_original(self, path: Path, head: bytes) -> int:
        """Return how far the file was read that this one is a copy of; 0 if it is new."""
        others = (each.position for identity, each in self._followers.items() if identity != _STDIN)
        known = (*others, *self._gone, *self._earlier.values())
        return max((each.offset for each in known if each.is_copied_to(path, head)), default=0)

    def _find_renamed(self, now: float) -> None:
        """Read the rest of files that were renamed while nobody followed them, if they lie where they were."""
        for position in self._earlier.values():
            config = next((each for each in self._config.files if _means(each, Path(position.path))), None)
            path = _with_identity(Path(position.path).parent, position.identity)
            if config is None or path is None:
                self._gone.append(position)
                continue
            follower = self._opened_again(path, config, position, now)
            if follower is not None:
                self._followers[position.identity] = follower
        self._earlier.clear()
        del self._gone[:-REMEMBERED]

    def _opened_again(self, path: Path, config: FileConfig, position: Position, now: float) -> Follower | None:
        with suppress(OSError):
            follower = Follower(path, config, self._counts[config.path], now)
            if position.is_of(follower.head):
                follower.continue_at(position.offset)
                return follower
            follower.close()
        return None

    def _forget(self, identity: Identity, follower: Follower) -> None:
        if identity != _STDIN:
            self._gone = [*self._gone, follower.position][-REMEMBERED:]
        follower.close()
        del self._followers[identity]

    def _note(self, path: Path, counts: Counts, reason: str, why: str) -> None:
        """Count a fault once, until the program starts again; a look finds it each second."""
        text = f"{path}: {why}"
        if text not in self._faults and len(self._faults) < FILES_AT_MOST:
            self._faults.add(text)
            counts.errors[reason] += 1
            log.error("cannot follow %s", text)

    # Reading files.

    def _step(self, follower: Follower, now: float) -> int:
        self._around.give_way()
        read = 0
        fault = follower.fault
        with self._around.failures.contained("input", "files") as attempt:
            before = None if follower.config.is_stdin else follower.position
            read = follower.step(self._around.feed, now)
            self._remember_shortened(follower, before)
        if follower.fault and follower.fault != fault:
            log.error("%s: %s", follower.path, follower.fault)
        return 0 if attempt.failed else read

    def _remember_shortened(self, follower: Follower, before: Position | None) -> None:
        """Remember how far a file was read before it was cut: its rotated copy is to be read from there."""
        if before is not None and before.offset > follower.offset:
            self._gone = [*self._gone, before][-REMEMBERED:]

    def _save(self) -> None:
        with self._around.failures.contained("input", "files"):
            kept = [each.position for identity, each in self._followers.items() if identity != _STDIN]
            self._kept.save([*kept, *self._gone])


def _lag_of(follower: Follower) -> int:
    with suppress(OSError):  # closed meanwhile
        return follower.lag_bytes
    return 0


def _means(config: FileConfig, path: Path) -> bool:
    """Return whether a configured path is that of a file, or its pattern or folder."""
    return config.path == path or config.path in path.parents or path.match(str(config.path))


def _with_identity(folder: Path, identity: Identity) -> Path | None:
    """Return the file of a folder that has this device and number."""
    with suppress(OSError):
        for path in folder.iterdir():
            about = path.stat()
            if (about.st_dev, about.st_ino) == identity:
                return path
    return None


WAY = Way("files", FollowedFiles)
