"""What the sidecar's memory does over a day, and what the worst bodies cost.

Run it with ``python tests/faults/memory.py``; ``--hours 0`` for the bodies
alone. A real ``inference-exporter serve`` lives through a day and a half of
event time, samples of 100 features with all fields, as fast as it can; its
resident memory is printed by hour. Then it is sent bodies that are small and
expand, or are large and mean nothing: their CPU seconds and their peak of
memory stand beside what is allowed. Exits 1 past a limit.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil
import zstandard

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from intake_throughput import Sidecar, columns, running

MEGABYTE = 1e6
# 150 MB, and the 100,000 predictions with an id that a model remembers by default.
RESIDENT_AT_MOST = 170 * MEGABYTE
GROWTH_AT_MOST = 5 * MEGABYTE  # from the hour when all slots have been filled to the last
SECONDS_AT_MOST = 2.0  # of CPU, a body
PEAK_AT_MOST = 200 * MEGABYTE  # above what was resident before
BATCHES_AN_HOUR, SAMPLES_A_BATCH = 6, 500
FEATURES = 100
FULL_AFTER = 34  # hours: the slots of 24h, and the remembered predictions


@dataclass(frozen=True)
class Bomb:
    """A body that costs more than it looks like."""

    name: str
    make: Callable[[float], bytes]
    """Returns the body; the number is by how much it is to be smaller."""
    path: str = "/v1/samples"
    content_type: str = "application/json"


def array(item: bytes, size: float) -> bytes:
    """Return a JSON array of so many bytes of one item."""
    return b"[" + b",".join([item] * int(size / (len(item) + 1))) + b"]"


def objects(number: float, make: Callable[[int], object]) -> bytes:
    """Return a JSON array of so many objects."""
    return json.dumps([make(i) for i in range(int(number))], separators=(",", ":")).encode()


def lines(number: float, make: Callable[[int], str]) -> bytes:
    """Return so many lines."""
    return "".join(make(i) + "\n" for i in range(int(number))).encode()


def columns_with_one_bad_value(size: int) -> bytes:
    """Return columns in which one status is none."""
    return json.dumps({"columns": {"x": [1.5] * size, "code": [200] * (size - 1) + [1]}}).encode()


LONG = "x" * 1_000_000
NDJSON = "application/x-ndjson"
BOMBS = (
    Bomb("6 MB of {} in 6 kB of gzip", lambda part: gzip.compress(array(b"{}", 6e6 * part))),
    Bomb("60 MB of {}", lambda part: array(b"{}", 60e6 * part)),
    Bomb("60 MB of {}, zstd", lambda part: zstandard.compress(array(b"{}", 60e6 * part))),
    Bomb("6 MB of numbers", lambda part: array(b"1", 6e6 * part)),
    Bomb("6 MB of lists", lambda part: array(b"[]", 6e6 * part)),
    Bomb("6 MB of half objects", lambda part: array(b'{"a":', 6e6 * part)),
    Bomb("2 MB of lines that are not JSON", lambda part: b"x\n" * int(1e6 * part), content_type=NDJSON),
    Bomb("deep nesting", lambda part: b"[" * int(10e6 * part)),
    Bomb("numbers of 4,000 digits", lambda part: objects(500 * part, lambda i: {"features": {"a": 10**4000 + i}})
         if sys.set_int_max_str_digits(5000) is None else b""),
    Bomb("runs of 299 digits", lambda part: b"[" + b"1" * 299 + (b" " + b"1" * 299) * int(20_000 * part)),
    Bomb("100 samples of 1,000 names of their own",
         lambda part: objects(100 * part, lambda r: {"features": {f"n{r}_{i}": 1 for i in range(1000)}})),
    Bomb("50,000 samples of a name of their own",
         lambda part: lines(50_000 * part, lambda i: f'{{"features":{{"n{i}":1}}}}'), content_type=NDJSON),
    Bomb("50,000 models", lambda part: lines(50_000 * part, lambda i: f'{{"model":"m{i}","code":200}}'),
         content_type=NDJSON),
    Bomb("1,000,000 names in a sample",
         lambda part: json.dumps({"features": {f"name{i}": 1 for i in range(int(1e6 * part))}}).encode()),
    Bomb("40 values of 1 MB", lambda part: lines(40 * part, lambda i: json.dumps({"features": {"a": f"{i}{LONG}"}})),
         content_type=NDJSON),
    Bomb("40 ids of 1 MB", lambda part: lines(40 * part, lambda i: json.dumps({"id": f"{i}{LONG}", "outcome": 1})),
         path="/v1/outcomes", content_type=NDJSON),
    Bomb("a record of 50 MB", lambda part: json.dumps({"features": {"a": "x" * int(50e6 * part)}}).encode()),
    Bomb("names of 100 kB that are refused",
         lambda part: objects(200 * part, lambda i: {"features": {f"{i}" + LONG[:100_000]: 1}})),
    Bomb("a column of 3,000,000 values",
         lambda part: json.dumps({"columns": {"x": [1] * int(3e6 * part)}}).encode()),
    Bomb("columns with one bad value", lambda part: columns_with_one_bad_value(int(3e5 * part))),
    Bomb("100,000 events", lambda part: objects(100_000 * part, lambda i: {"kind": "k", "title": f"t{i}"}),
         path="/v1/events"),
    Bomb("100,000 events that are refused", lambda part: array(b'{"kind":1}', 1e6 * part), path="/v1/events"),
)  # fmt: skip


def day(sidecar: Sidecar, hours: int) -> list[float]:
    """Send samples of so many hours, and return the resident bytes at the end of each."""
    template = batch_template()
    resident = []
    start = time.time() - hours * 3600
    for hour in range(hours):
        for number in range(BATCHES_AN_HOUR):
            at = start + (hour + (number + 1) / BATCHES_AN_HOUR) * 3600 - 5
            body = template.replace(b"@BATCH", f"{hour}-{number}".encode()).replace(b"@TIME", f"{at:.3f}".encode())
            sidecar.ask("POST", "/v1/samples", body)
        sidecar.ask("GET", "/metrics")
        resident.append(sidecar.resident_bytes())
        print(f"  hour {hour + 1:>2}: {resident[-1] / MEGABYTE:6.1f} MB", flush=True)
    return resident


def batch_template() -> bytes:
    """Return a body of samples with all fields, in which batch and time are still to be written."""
    table = {name: list(column) for name, column in columns(FEATURES, SAMPLES_A_BATCH, 1).items()}
    written = []
    for row in range(SAMPLES_A_BATCH):
        score = round(row / SAMPLES_A_BATCH, 4)
        sample = {
            "id": f"@BATCH-{row}",
            "time": "@TIME",
            "features": {name: column[row] for name, column in table.items()},
            "prediction": "fraud" if score > 0.8 else "ok",
            "scores": {"fraud": score, "ok": 1 - score},
            "latency_seconds": score / 10,
            "code": 200,
            "stages": {"preprocess": score / 100},
            "trace_id": f"trace-@BATCH-{row}",
            "tags": {"client": f"c{row % 7}"},
        }
        written.append(json.dumps(sample, separators=(",", ":")).replace('"@TIME"', "@TIME").encode())
    return b"\n".join(written) + b"\n"


def peak_bytes(sidecar: Sidecar, *, reset: bool = False) -> int:
    """Return the most that the processes were resident with since the last reset."""
    total = 0
    for process in [sidecar.process, *sidecar.process.children(recursive=True)]:
        status = Path(f"/proc/{process.pid}/status")
        if reset:
            Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        total += 1024 * int(line.split()[1])
    return total


def send(sidecar: Sidecar, bomb: Bomb, body: bytes) -> int:
    """Send a body; returns the status of the answer."""
    connection = HTTPConnection(sidecar.connection.host, sidecar.connection.port, timeout=120)
    connection.request("POST", bomb.path, body, {"Content-Type": bomb.content_type})
    status = connection.getresponse().status
    connection.close()
    return status


def bombs(sidecar: Sidecar) -> list[str]:
    """Send each body; returns what was past a limit."""
    faults = []
    print(f"{'body':>42} {'MB sent':>8} {'status':>6} {'CPU s':>6} {'peak MB':>8} {'kept MB':>8}")
    for bomb in BOMBS:
        body = bomb.make(1.0)
        before, seconds = peak_bytes(sidecar, reset=True), sidecar.cpu_seconds()
        before = sidecar.resident_bytes()
        status = send(sidecar, bomb, body)
        seconds = sidecar.cpu_seconds() - seconds
        peak, kept = peak_bytes(sidecar) - before, sidecar.resident_bytes() - before
        past = seconds > SECONDS_AT_MOST or peak > PEAK_AT_MOST or status >= 500
        print(
            f"{bomb.name:>42} {len(body) / MEGABYTE:>8.2f} {status:>6} {seconds:>6.2f} {peak / MEGABYTE:>8.1f} "
            f"{kept / MEGABYTE:>8.1f}{'  past a limit' if past else ''}",
            flush=True,
        )
        if past:
            faults.append(bomb.name)
    return faults


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=40)
    hours = parser.parse_args().hours
    faults: list[str] = []
    with running(FEATURES) as sidecar:
        sidecar.ask("GET", "/metrics")
        print(f"ready: {sidecar.resident_bytes() / MEGABYTE:.1f} MB in {processes(sidecar)}")
        if hours:
            resident = day(sidecar, hours)
            if max(resident) > RESIDENT_AT_MOST:
                faults.append(f"{max(resident) / MEGABYTE:.1f} MB resident")
            if hours > FULL_AFTER and resident[-1] - resident[FULL_AFTER - 1] > GROWTH_AT_MOST:
                faults.append("memory grows after a day")
        faults += bombs(sidecar)
    for fault in faults:
        print(f"past a limit: {fault}", file=sys.stderr)
    return 1 if faults else 0


def processes(sidecar: Sidecar) -> str:
    """Return the resident memory of each process."""
    every = [sidecar.process, *sidecar.process.children(recursive=True)]
    return " + ".join(f"{psutil.Process(process.pid).memory_info().rss / MEGABYTE:.1f}" for process in every)


if __name__ == "__main__":
    sys.exit(main())
