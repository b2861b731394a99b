"""Progress of the traffic process, from the lines that it prints."""

import contextlib
import json
import subprocess
import threading


class Progress:
    """The last line of the traffic process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._last: dict[str, str | int] = {}
        self._reader = threading.Thread(target=self._read, daemon=True, name="progress")
        self._reader.start()

    @property
    def date(self) -> str:
        """The date reached."""
        return str(self._last.get("date", ""))

    def count(self, what: str) -> int:
        """Return how many of a kind were sent."""
        return int(self._last.get(what, 0))

    def finish(self) -> None:
        """Wait for the last line of a process that has ended."""
        self._reader.join(timeout=30.0)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):  # an incomplete line of a killed process
                self._last = json.loads(line)
