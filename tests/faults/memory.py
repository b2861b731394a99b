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
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from intake_throughput import Sidecar, columns, running
from worst_bodies import BOMBS, Bomb, array

MEGABYTE = 1e6
RESIDENT_AT_MOST = 150 * MEGABYTE  # both processes, the page opened
GROWTH_AT_MOST = 5 * MEGABYTE  # from the hour when all slots have been filled to the last
SECONDS_AT_MOST = 2.0  # of CPU, a body
PEAK_AT_MOST = 200 * MEGABYTE  # above what was resident before
KEPT_AT_MOST = 60 * MEGABYTE  # after a body that was sent several times
CLIENT_AT_MOST = 60 * MEGABYTE  # 32 of its queue, and what is being sent
QUIET_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 60.0
BATCHES_AN_HOUR, SAMPLES_A_BATCH = 6, 500
FEATURES = 100
FULL_AFTER = 34  # hours: the slots of 24h, and the remembered predictions


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


def send(sidecar: Sidecar, bomb: Bomb, body: bytes, key: str) -> int:
    """Send a body; returns the status of the answer."""
    connection = HTTPConnection(sidecar.connection.host, sidecar.connection.port, timeout=120)
    headers = {"Content-Type": bomb.content_type} | ({"Idempotency-Key": key} if bomb.keyed else {})
    connection.request("POST", bomb.path, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


class Cost:
    """CPU seconds, peak and growth of memory, from its making to each look."""

    def __init__(self, sidecar: Sidecar) -> None:
        peak_bytes(sidecar, reset=True)
        self._sidecar, self._before, self._started = sidecar, sidecar.resident_bytes(), sidecar.cpu_seconds()

    def read(self, name: str, sent: int, status: int, seconds_at_most: float, kept_at_most: float) -> list[str]:
        """Print what it cost; returns its name where that is past a limit."""
        seconds = self._sidecar.cpu_seconds() - self._started
        peak = peak_bytes(self._sidecar) - self._before
        kept = self._sidecar.resident_bytes() - self._before
        past = seconds > seconds_at_most or peak > PEAK_AT_MOST or kept > kept_at_most or status >= 500
        print(
            f"{name:>42} {sent / MEGABYTE:>8.2f} {status:>6} {seconds:>6.2f} {peak / MEGABYTE:>8.1f} "
            f"{kept / MEGABYTE:>8.1f}{'  past a limit' if past else ''}",
            flush=True,
        )
        return [name] if past else []


def bombs(sidecar: Sidecar) -> list[str]:
    """Send each body; returns what was past a limit."""
    faults = []
    print(f"{'body':>42} {'MB sent':>8} {'status':>6} {'CPU s':>6} {'peak MB':>8} {'kept MB':>8}")
    for bomb in BOMBS:
        body = bomb.make(1.0)
        cost = Cost(sidecar)
        status = max(send(sidecar, bomb, body, f"{bomb.name} {number}") for number in range(bomb.times))
        kept_at_most = KEPT_AT_MOST if bomb.times > 1 else PEAK_AT_MOST
        faults += cost.read(bomb.name, len(body) * bomb.times, status, SECONDS_AT_MOST * bomb.times, kept_at_most)
    return faults + leavers(sidecar)


def leavers(sidecar: Sidecar) -> list[str]:
    """Send three bodies of 60 MB in some kB of gzip at once, whose senders leave: the work must end with them."""
    body = gzip.compress(array(b"{}", 60e6))
    cost = Cost(sidecar)
    connections = [HTTPConnection(sidecar.connection.host, sidecar.connection.port) for _ in range(3)]
    for connection in connections:
        connection.request("POST", "/v1/samples", body, {"Content-Type": "application/json"})
    for connection in connections:
        connection.close()
    until_quiet(sidecar)
    return cost.read("three of 60 MB whose senders leave", 3 * len(body), 0, SECONDS_AT_MOST, KEPT_AT_MOST)


def until_quiet(sidecar: Sidecar) -> None:
    """Wait until the sidecar has hardly used the processor for a moment."""
    until, used = time.monotonic() + LONGEST_WAIT_SECONDS, -1.0
    while time.monotonic() < until and sidecar.cpu_seconds() - used > QUIET_SECONDS / 10:
        used = sidecar.cpu_seconds()
        time.sleep(QUIET_SECONDS)


CLIENT = """
from pathlib import Path
from inference_exporter.client import Monitor, Options
monitor = Monitor("http://127.0.0.1:9", model="m", options=Options(close_seconds=0.1))
monitor.observe(features={"text": "before"})
def most():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before = most()
for number in range(10_000):
    monitor.observe(features={"text": str(number) + "x" * 100_000})
print(1024 * (most() - before))
"""


def client() -> list[str]:
    """Queue 10,000 texts of 100 kB in a client whose exporter is away: the model server must not pay for them."""
    run = subprocess.run([sys.executable, "-c", CLIENT], capture_output=True, check=True, text=True)
    taken = int(run.stdout)
    print(f"client's queue of 10,000 texts of 100 kB: {taken / MEGABYTE:.1f} MB")
    return ["the client's queue"] if taken > CLIENT_AT_MOST else []


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=40)
    hours = parser.parse_args().hours
    faults: list[str] = []
    with running(FEATURES) as sidecar:
        sidecar.ask("GET", "/metrics")
        print(f"ready: {sidecar.resident_bytes() / MEGABYTE:.1f} MB in {processes(sidecar)}")
        faults += client()
        if hours:
            resident = day(sidecar, hours)
            sidecar.ask("GET", "/")
            resident.append(sidecar.resident_bytes())
            print(f"  page opened: {resident[-1] / MEGABYTE:.1f} MB in {processes(sidecar)}")
            if max(resident) > RESIDENT_AT_MOST:
                faults.append(f"{max(resident) / MEGABYTE:.1f} MB resident")
            if hours > FULL_AFTER and resident[-2] - resident[FULL_AFTER - 1] > GROWTH_AT_MOST:
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
