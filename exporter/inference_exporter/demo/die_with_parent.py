"""Runs a command that ends with the demo.

    python -m inference_exporter.demo.die_with_parent PARENT_PID COMMAND…

The demo ends the processes that it started. If it is killed first, Linux ends
this process; on other systems the command just runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def tether(parent: int) -> None:
    """Have the kernel send us SIGTERM when our parent dies; this survives exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before prctl
        sys.exit(1)


def main() -> None:
    """Tether this process, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    tether(parent)
    os.execvp(command[0], command)  # noqa: S606 - the demo's own command, without a shell


if __name__ == "__main__":
    main()
