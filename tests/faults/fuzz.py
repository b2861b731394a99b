"""A fuzz of the intake, with the exporter's own counters as its judge.

    python tests/faults/fuzz.py --requests=200000 --senders=3 --seed=1

Starts `inference-exporter serve` on a free loopback port and sends it valid,
odd and broken requests over connections that stay open: JSON, NDJSON, columns
and Arrow, gzip and zstd, samples, outcomes and events, odd paths, methods and
headers, senders that hang up. Meanwhile it reads metrics, page and API. Prints
the figures and every fault; exit code 1 if there is one:

- a status of 500 or above, no answer, or one that took more than two seconds, and does so again when asked alone
- answers that disagree with the counters, or with what must become of valid records
- a traceback or an error in the log; exposition that promtool or the OpenMetrics parser refuses; a page that fails
- memory that grows after the first third, or still in the last third

Request number N of a seed is always the same: `--only=N` sends it alone and
shows it.
"""

import argparse
import functools
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.asking import Asked, asked
from fuzzing.books import SLOW_SECONDS, Books, counters, differences
from fuzzing.connection import Connection
from fuzzing.sidecar import Sidecar, running
from fuzzing.values import Chance

ROUNDS = 20
"""The run is cut into so many; after each, everything that the exporter shows is read."""
WARM_ROUNDS = 7
GROWTH_BYTES = 48 << 20
"""What memory may vary by after the warm-up: bodies under way, and pages that the allocator keeps."""
LAST_ROUNDS = 7
LAST_GROWTH_BYTES = 16 << 20
"""What the highest of the last third may lie above the highest of the third before: flat, apart from those."""
FAULTS_PRINTED = 40
AGAIN = 3


@dataclass
class Report:
    """What came of a run."""

    books: Books = field(default_factory=Books)
    seconds: float = 0.0
    memory: list[int] = field(default_factory=list)
    """Bytes of its own after each round; pages of files, which the system drops as it likes, do not count."""
    faults: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        books = self.books
        statuses = dict(sorted(books.answers.items()))
        yield f"{books.answers.total():,} requests in {self.seconds:.0f} s, by status: {statuses}"
        yield f"accepted {books.accepted.total():,}, rejected {books.rejected.total():,}, cut short {books.halves:,}"
        yield f"longest answer {books.longest_seconds:.2f} s, {len(books.slow)} above {SLOW_SECONDS:.0f} s at first"
        yield f"memory after each round, MB: {', '.join(f'{size / 1e6:.0f}' for size in self.memory)}"
        yield from self.faults[:FAULTS_PRINTED]
        yield f"{len(self.faults)} faults"


def fuzz(
    requests: int, senders: int, seed: int, folder: Path, rounds: int = ROUNDS, say: Callable[[str], object] = len
) -> Report:
    """Send so many requests and return what came of them."""
    report, started = Report(), time.monotonic()
    with running(folder) as sidecar, multiprocessing.get_context("spawn").Pool(senders) as pool:
        for round_number in range(rounds):
            numbers = range(requests * round_number // rounds, requests * (round_number + 1) // rounds)
            shares = [(seed, numbers[sender::senders], sidecar.port) for sender in range(senders)]
            for books in pool.starmap(send, shares):
                report.books.add(books)
            report.faults += [f"after request {numbers.stop}: {fault}" for fault in sidecar.faults_shown()]
            report.faults += [
                f"after request {numbers.stop}: {fault}" for fault in _disagreements(report.books, sidecar)
            ]
            parts = sidecar.private_bytes()
            report.memory.append(sum(parts))
            faults = report.faults + report.books.faults
            shown = " + ".join(f"{part / 1e6:.0f}" for part in parts)
            seconds = time.monotonic() - started
            say(f"{numbers.stop:,} requests, {seconds:.0f} s, {shown} MB, {len(faults)} faults {faults[-1:]}")
        report.faults += report.books.faults
        report.faults += [f"log: {line}" for line in sidecar.alarms()]
        report.faults += _slow_again(report.books.slow, seed, sidecar)
    report.faults += _growth(report.memory)
    report.seconds = time.monotonic() - started
    return report


def send(seed: int, numbers: range, port: int) -> Books:
    """Send requests over one connection and keep the books."""
    books, connection = Books(), Connection("127.0.0.1", port)
    for number in numbers:
        made = made_again(seed, number, port)
        books.enter(made, connection.ask(made))
    connection.close()
    return books


def made_again(seed: int, number: int, port: int) -> Asked:
    """Return the request of a seed and a number."""
    return asked(Chance(seed, number), number, f"127.0.0.1:{port}")


def _disagreements(books: Books, sidecar: Sidecar) -> list[str]:
    """Return where books and counters differ; requests that were cut short are waited for."""
    found: list[str] = []
    for _ in range(20):
        _, text = sidecar.get("/metrics", "text/plain; version=0.0.4")
        known = "inference_exporter_events_rejected_total" in text
        found = list(differences(books, counters(text), events_rejected=known))
        if not found:
            break
        time.sleep(0.25)
    return found


def _slow_again(numbers: list[int], seed: int, sidecar: Sidecar) -> Iterator[str]:
    """Yield the requests that are slow when they are sent alone, too: the others met a busy machine."""
    connection = Connection("127.0.0.1", sidecar.port)
    for number in numbers:
        made = made_again(seed, number, sidecar.port)
        best = min(connection.ask(made).seconds for _ in range(AGAIN))
        if best > SLOW_SECONDS:
            yield f"request {number}: {made.method} {made.target[:80]}: {best:.2f} s alone, best of {AGAIN}"
    connection.close()


def _growth(memory: list[int]) -> Iterator[str]:
    if len(memory) > WARM_ROUNDS:
        warm = max(memory[:WARM_ROUNDS])
        if memory[-1] > warm + GROWTH_BYTES:
            yield f"memory grew from {warm / 1e6:.0f} MB after the warm-up to {memory[-1] / 1e6:.0f} MB"
    if len(memory) > 2 * LAST_ROUNDS:
        before, last = max(memory[-2 * LAST_ROUNDS : -LAST_ROUNDS]), max(memory[-LAST_ROUNDS:])
        if last > before + LAST_GROWTH_BYTES:
            yield f"memory still grew in the last third, from {before / 1e6:.0f} MB to {last / 1e6:.0f} MB"


def show(seed: int, number: int, folder: Path) -> None:
    """Send one request alone; print it, its answer, what it cost, and the log."""
    with running(folder) as sidecar:
        made = made_again(seed, number, sidecar.port)
        before = sidecar.cpu_seconds()
        answer = Connection("127.0.0.1", sidecar.port).ask(made)
        print(f"{len(made.raw):,} bytes: {made.raw[:2000]!r}")
        if made.body:
            print(f"{made.body.content_type} {made.body.encoding}: {made.body.content[:2000]!r}")
        cost = sidecar.cpu_seconds() - before
        print(f"{answer.status} in {answer.seconds:.3f} s, {cost:.2f} s of CPU: {answer.content[:2000]!r}")
        print(sidecar.log.read_text(errors="replace"))


def main() -> int:
    """Run, report, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--senders", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time, printed")
    parser.add_argument("--only", type=int, metavar="N", help="send request N of the seed alone")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of the context that ends the exporter
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        if arguments.only is not None:
            show(arguments.seed, arguments.only, Path(folder))
            return 0
        say = functools.partial(print, flush=True)
        report = fuzz(arguments.requests, arguments.senders, arguments.seed, Path(folder), say=say)
    print("\n".join(report.lines()))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
