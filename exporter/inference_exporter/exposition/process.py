"""CPU, memory and descriptors of the model server's process."""

from collections.abc import Iterator, Sequence

from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, model_labels


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    up = gauge("model_process_up", "1 if the model server's process was found.")
    number = gauge("model_process_count", "Number of processes of the model server, including its children.")
    cpu = counter("model_process_cpu_seconds_total", "CPU time of the model server and its children.")
    memory = gauge("model_process_resident_memory_bytes", "Resident memory of the model server and its children.")
    limit = gauge("model_process_memory_limit_bytes", "Memory limit of the model server's control group.")
    fds = gauge("model_process_open_fds", "Open file descriptors of the model server and its children.")
    fds_limit = gauge("model_process_open_fds_limit", "File descriptors that the model server may open.")
    for view in views:
        process = view.process
        if process is None:
            continue
        base = model_labels(view.key)
        up.add(base, int(process.up))
        number.add(base, process.processes)
        for family, value in (
            (cpu, process.cpu_seconds),
            (memory, process.resident_memory_bytes),
            (limit, process.memory_limit_bytes),
            (fds, process.open_fds),
            (fds_limit, process.open_fds_limit),
        ):
            # What the platform or our permissions hide is absent: 0 would look like an idle server.
            if value is not None:
                family.add(base, value)
    yield from (up, number, cpu, memory, limit, fds, fds_limit)


# Moving: the process changes without a sample.
GROUP = ModelGroup("process", _families, moving=True)
