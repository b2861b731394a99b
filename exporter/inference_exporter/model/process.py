"""The model server's process: CPU, memory and descriptors, including its children."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from ..config.patterns import Pattern
from ..config.schema import ProcessConfig

CGROUP_ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class ProcessView:
    """Measurements of the model server's processes; None if unreadable."""

    up: bool
    processes: int = 0
    cpu_seconds: float | None = None
    resident_memory_bytes: float | None = None
    memory_limit_bytes: float | None = None
    open_fds: float | None = None
    open_fds_limit: float | None = None


class ProcessWatch:
    """Finds the configured model server, again whenever it is gone, and reads it and its descendants.

    CPU time never decreases: the time of ended workers stays counted, so that a
    server that restarts its workers does not look like a reset.
    """

    def __init__(self, config: ProcessConfig) -> None:
        self._config = config
        self._main: psutil.Process | None = None
        self._cpu_of: dict[tuple[int, float], float] = {}
        self._cpu_of_ended = 0.0

    def read(self) -> ProcessView | None:
        """Return the current state; None if no process is configured."""
        if not self._config.configured:
            return None
        if self._config.cgroup is not None:
            return self._read_cgroup(self._config.cgroup)
        if self._main is None or not _alive(self._main):
            # Searched only when it is gone: looking through all processes takes tens of milliseconds.
            self._main = self._find()
        if self._main is None:
            # The counter stays: a restart of the server must not look like a reset to 0.
            return ProcessView(up=False, cpu_seconds=self._cpu_seconds([]))
        return self._read_processes(_family(self._main))

    def _read_processes(self, family: list[psutil.Process]) -> ProcessView:
        memory = [_readable(partial(_resident_memory, process)) for process in family]
        fds = [_readable(process.num_fds) for process in family]
        main = family[0] if family else None
        limit = _readable(partial(_descriptor_limit, main)) if main else None
        return ProcessView(
            up=bool(family),
            processes=len(family),
            cpu_seconds=self._cpu_seconds(family),
            resident_memory_bytes=_sum_of_known(memory),
            memory_limit_bytes=_memory_limit(main.pid) if main else None,
            open_fds=_sum_of_known(fds),
            open_fds_limit=limit,
        )

    def _cpu_seconds(self, family: Iterable[psutil.Process]) -> float:
        now: dict[tuple[int, float], float] = {}
        for process in family:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                # The kernel reuses pids; with the time of creation they are unique.
                now[(process.pid, process.create_time())] = times.user + times.system
        self._cpu_of_ended += sum(seconds for key, seconds in self._cpu_of.items() if key not in now)
        self._cpu_of = now
        return self._cpu_of_ended + sum(now.values())

    def _find(self) -> psutil.Process | None:
        config = self._config
        with contextlib.suppress(psutil.Error, OSError, ValueError, IndexError):
            # The most exact way first.
            if config.pid is not None:
                return psutil.Process(config.pid)
            if config.pid_file is not None:
                return psutil.Process(int(config.pid_file.read_text(encoding="ascii").split()[0]))
            if config.port is not None:
                return _listening_on(config.port)
            if config.command is not None:
                return _with_command(Pattern(config.command))
        return None

    def _read_cgroup(self, cgroup: Path) -> ProcessView:
        folder = cgroup if cgroup.is_absolute() else CGROUP_ROOT / cgroup
        try:
            pids = [int(line) for line in (folder / "cgroup.procs").read_text(encoding="ascii").split()]
            usage = dict(line.split() for line in (folder / "cpu.stat").read_text(encoding="ascii").splitlines())
            # Control groups of version 2 report microseconds.
            cpu_seconds = float(usage["usage_usec"]) / 1e6
            memory = float((folder / "memory.current").read_text(encoding="ascii"))
        except (OSError, ValueError, KeyError):
            return ProcessView(up=False)
        return ProcessView(
            up=bool(pids),
            processes=len(pids),
            cpu_seconds=cpu_seconds,
            resident_memory_bytes=memory,
            memory_limit_bytes=_limit_in(folder),
        )


def _alive(process: psutil.Process) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _family(main: psutil.Process) -> list[psutil.Process]:
    try:
        return [main, *main.children(recursive=True)] if _alive(main) else []
    except psutil.Error:
        return []


def _listening_on(port: int) -> psutil.Process | None:
    """Return the oldest process that listens on a TCP port: of forked workers, their parent."""
    pids = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        # `laddr` is an empty tuple for sockets without an address.
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid
    }
    return min((psutil.Process(pid) for pid in pids), key=lambda process: process.create_time(), default=None)


def _with_command(pattern: Pattern) -> psutil.Process | None:
    """Return the oldest process, other than the exporter's, whose command line matches the pattern."""
    # Our command line names the configuration file, in which the pattern may stand as a path.
    own = {psutil.Process().pid, psutil.Process().ppid()}
    found = [
        process
        for process in psutil.process_iter(["cmdline", "create_time"])
        if process.pid not in own and pattern.is_found_in(" ".join(process.info["cmdline"] or []))
    ]
    return min(found, key=lambda process: process.info["create_time"], default=None)


def _memory_limit(pid: int) -> float | None:
    """Return the memory limit of a process's cgroup (v2), None without one."""
    try:
        line = Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").strip().rpartition("::")[2]
    except OSError:
        return None
    folder = CGROUP_ROOT / line.lstrip("/")
    # Every ancestor limits the group: the smallest one applies.
    limits = [limit for place in (folder, *folder.parents) if (limit := _limit_in(place)) is not None]
    return min(limits, default=None)


def _limit_in(folder: Path) -> float | None:
    try:
        text = (folder / "memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return None
    return float(text) if text.isdecimal() else None  # "max" means no limit


def _resident_memory(process: psutil.Process) -> float:
    return float(process.memory_info().rss)


def _descriptor_limit(process: psutil.Process) -> float:
    return float(process.rlimit(psutil.RLIMIT_NOFILE)[0])


def _readable(read: Callable[[], float]) -> float | None:
    """Return a reading; None if the process is gone or not ours to read."""
    try:
        return read()
    except (psutil.Error, OSError):
        return None


def _sum_of_known(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
