"""The exporter's own process, under the names that every client library of Prometheus uses."""

import resource
import sys
from collections.abc import Iterator

import psutil

from ._base import Family, counter, gauge


def process_families() -> Iterator[Family]:
    """Yield CPU time, memory, start and descriptors of this process; nothing outside Linux."""
    if not sys.platform.startswith("linux"):
        return
    process = psutil.Process()
    with process.oneshot():
        memory, cpu = process.memory_info(), process.cpu_times()
    started, open_files = process.create_time(), process.num_fds()
    most_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    for family, value in (
        (gauge("process_virtual_memory_bytes", "Virtual memory size in bytes."), memory.vms),
        (gauge("process_resident_memory_bytes", "Resident memory size in bytes."), memory.rss),
        (gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds."), started),
        (
            counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds."),
            cpu.user + cpu.system,
        ),
        (gauge("process_open_fds", "Number of open file descriptors."), open_files),
        (gauge("process_max_fds", "Maximum number of open file descriptors."), most_files),
    ):
        family.add("", float(value))
        yield family
