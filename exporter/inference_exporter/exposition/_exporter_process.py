"""The exporter's own processes, under the names that every client library of Prometheus uses."""

import resource
import sys
from collections.abc import Iterator

import psutil

from ._base import Family, counter, gauge


def process_families(front: int | None = None) -> Iterator[Family]:
    """Yield CPU time, memory, start and descriptors; nothing outside Linux.

    CPU time and memory are sums over this process and the front's, because a
    limit of a container applies to both. The limit of descriptors applies to each:
    the larger number is shown. The start is this process's: it is the one that
    holds the windows and counters.
    """
    if not sys.platform.startswith("linux"):
        return
    worker = psutil.Process()
    processes = [worker, *([psutil.Process(front)] if front not in (None, worker.pid) else [])]
    memory, cpu, open_files = [], 0.0, 0
    for process in processes:
        # psutil then reads each file of /proc once for all figures.
        with process.oneshot():
            memory.append(process.memory_info())
            times = process.cpu_times()
            cpu += times.user + times.system
            # Not a sum: each process meets the limit alone.
            open_files = max(open_files, process.num_fds())
    most_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    for family, value in (
        (gauge("process_virtual_memory_bytes", "Virtual memory size in bytes."), sum(each.vms for each in memory)),
        (gauge("process_resident_memory_bytes", "Resident memory size in bytes."), sum(each.rss for each in memory)),
        (
            gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds."),
            worker.create_time(),
        ),
        (counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds."), cpu),
        (gauge("process_open_fds", "Number of open file descriptors."), open_files),
        (gauge("process_max_fds", "Maximum number of open file descriptors."), most_files),
    ):
        family.add("", float(value))
        yield family
