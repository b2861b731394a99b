"""What durability costs: throughput of `memory`, `journal` and `sync`, and how soon a killed sidecar is ready.

Run it with ``python tests/benchmarks/durability_cost.py``. Real sidecars, one of each
mode (and one without an evaluation store), get the same bodies in turns, from several senders at once. Other load of
the machine hits all modes alike, and the ratio of their CPU times hardly at
all. Then a million samples are sent to one with a journal, its worker is
killed, and the time until it is ready and counts them all is measured.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http.client import HTTPConnection
from itertools import count

import orjson
from intake_throughput import Sidecar, post, running

FEATURES = 10
SENDERS = 3
MILLION = 1_000_000  # --samples for fewer
STORAGE = "storage: {{path: state, durability: {mode}}}\n"
MODES = {
    "memory": "",
    "journal": STORAGE.format(mode="journal"),
    "sync": STORAGE.format(mode="sync"),
    "journal without evaluation store": STORAGE.format(mode="journal") + "evaluation: {enabled: false}\n",
}

BODIES: dict[str, tuple[int, int]] = {
    "bodies of 10,000 samples": (10_000, 4),
    "bodies of 100 samples": (100, 200),
    "bodies of 1 sample": (1, 1000),
}
"""Samples a body, and bodies a round."""


def first_samples(body: bytes, number: int) -> bytes:
    """Return a body of the first samples of another."""
    return b"\n".join(body.split(b"\n")[:number]) + b"\n"


def send_all(sidecar: Sidecar, body: bytes, bodies: int) -> None:
    """Send a body so many times, from several connections at once."""
    numbers = count()

    def send() -> None:
        connection = HTTPConnection(sidecar.connection.host, sidecar.connection.port, timeout=60)
        while next(numbers) < bodies:
            connection.request("POST", "/v1/samples", body, {"Content-Type": "application/x-ndjson"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status

    with ThreadPoolExecutor(SENDERS) as pool:
        for done in [pool.submit(send) for _ in range(SENDERS)]:
            done.result()


def measured(sidecar: Sidecar, work: Callable[[], None]) -> tuple[float, float]:
    """Return wall and CPU seconds of some work."""
    cpu, started = sidecar.cpu_seconds(), time.perf_counter()
    work()
    return time.perf_counter() - started, sidecar.cpu_seconds() - cpu


def compare(rounds: int) -> None:
    """Print samples a second and a CPU second, by mode, and their share of memory's."""
    whole = post(FEATURES, full=True)
    with ExitStack() as stack:
        sidecars = {mode: stack.enter_context(running(FEATURES, settings)) for mode, settings in MODES.items()}
        for title, (samples, bodies) in BODIES.items():
            body = first_samples(whole, samples)
            rates: dict[str, list[tuple[float, float]]] = {mode: [] for mode in MODES}
            for _ in range(rounds + 1):  # the first warms up
                for mode, sidecar in sidecars.items():
                    wall, cpu = measured(sidecar, partial(send_all, sidecar, body, bodies))
                    rates[mode].append((samples * bodies / wall, samples * bodies / cpu))
            show(title, {mode: found[1:] for mode, found in rates.items()})


def show(title: str, rates: dict[str, list[tuple[float, float]]]) -> None:
    """Print medians, and medians of the ratio to memory of the same round."""
    print(title)
    for mode, found in rates.items():
        wall, cpu = (statistics.median(rate[place] for rate in found) for place in (0, 1))
        ratios = [
            statistics.median(own[place] / base[place] for own, base in zip(found, rates["memory"], strict=True))
            for place in (0, 1)
        ]
        print(f"  {mode:32} {wall:>9,.0f} samples/s ({ratios[0]:.2f})  {cpu:>9,.0f} samples/CPU s ({ratios[1]:.2f})")


def recover(samples: int) -> None:
    """Print how soon a sidecar is ready that was killed after so many samples."""
    body = post(FEATURES, full=True)
    with running(FEATURES, MODES["journal"]) as sidecar:
        wall, _ = measured(sidecar, partial(send_all, sidecar, body, samples // 10_000))
        (worker,) = sidecar.process.children()
        worker.kill()
        started = time.perf_counter()
        while (accepted := _accepted(sidecar)) is None:
            time.sleep(0.01)
        ready = time.perf_counter() - started
        (worker,) = sidecar.process.children()
        cpu = sum(worker.cpu_times()[:2])
        bodies = _value(sidecar, "inference_exporter_store_restored_entries")
        restore = _value(sidecar, "inference_exporter_store_restore_duration_seconds")
        print(
            f"{samples:,} samples in {wall:.1f} s, then kill -9: ready after {ready:.2f} s"
            f" ({cpu:.2f} s of CPU) with all {accepted:,.0f}, {restore:.2f} s of it for a snapshot and"
            f" {bodies:.0f} bodies of the journal"
        )


def _accepted(sidecar: Sidecar) -> float | None:
    """Return the samples of a sidecar that is ready."""
    try:
        return _value(sidecar, 'inference_exporter_samples_accepted_total{format="ndjson"}')
    except (OSError, SystemExit):
        sidecar.connection.close()
        return None


def _value(sidecar: Sidecar, series: str) -> float:
    lines = sidecar.ask("GET", "/metrics").decode().splitlines()
    return float(orjson.loads(next(line.rpartition(" ")[2] for line in lines if line.startswith(f"{series} "))))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="0 for the restart alone")
    parser.add_argument("--samples", type=int, default=MILLION)
    options = parser.parse_args()
    if options.rounds:
        compare(options.rounds)
    recover(options.samples)


if __name__ == "__main__":
    main()
