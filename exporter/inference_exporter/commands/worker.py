"""The worker's process, which ``serve`` starts: the engine, without sockets that others reach."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.schema import Config
from ..intake.refusals import FrontTotals
from ..serving.worker import Progress, end, run_worker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from ..app import Application


class Worker:
    """The application of this process, from its start to its end."""

    def __init__(self) -> None:
        self._application: Application | None = None

    def build(
        self, config: Config, file: Path | None, front: Callable[[], FrontTotals], progress: Progress
    ) -> "WSGIApplication":
        """Build it and start to read what comes in by other ways than HTTP."""
        self._application = _engine()(config, file, front, progress)
        self._application.start()
        return self._application.wsgi

    def stop(self) -> None:
        """Keep how far files have been read."""
        if self._application is not None:
            self._application.stop()


def _engine() -> "type[Application]":
    """Import the engine, without searching its many new objects for garbage: a sixth of the time."""
    gc.disable()
    from ..app import Application

    gc.freeze()  # what was imported stays
    gc.enable()
    return Application


if __name__ == "__main__":
    worker = Worker()
    # Descriptors of the sockets to the front, which it passes by number.
    code = run_worker(worker.build, map(int, sys.argv[1:]))
    worker.stop()
    end(code)
