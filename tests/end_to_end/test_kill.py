"""The short form of ``tests/faults/kill.py``: a real sidecar is killed at random moments under load."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.end_to_end

SCRIPT = Path(__file__).parents[1] / "faults" / "kill.py"


def test_nothing_acknowledged_is_lost_or_counted_twice():
    """After ten kills, counters and windows equal what the senders counted."""
    done = subprocess.run([sys.executable, SCRIPT, "--times=10", "--seed=7"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
