"""Fuzzes how bodies are read: mutated golden payloads of each format, for as long as you like.

    python -m tests.payloads.fuzz --seconds 600                # ten minutes, shared by all formats
    python -m tests.payloads.fuzz --seconds 600 --format csv   # ten minutes for one

Reads each body in this process, as `check payload` does. Prints the figures of
each format and every fault: an exception, a body that takes more than two
seconds of CPU time, memory that grows. Exit code 1 if there is one. A fault
names the payload and the seed of its mutation: `mutated(golden, seed)` of
`mutations.py` makes the body again.
"""

import argparse
import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator

from inference_exporter.intake.payload_report import explained

from .golden_files import GOLDENS, Golden
from .mutations import mutated

SLOW_SECONDS = 2.0
GROWTH_BYTES = 300 << 20
"""What a single body may take, and all of them may leave behind."""


def main() -> int:
    """Fuzz and report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--format", default="", help="the folder of a format below golden/")
    options.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = options.parse_args()
    folders = sorted({golden.folder for golden in GOLDENS if given.format in ("", golden.folder)})
    print(f"seed {given.seed}, {len(folders)} formats, {given.seconds / max(len(folders), 1):.1f} s each", flush=True)
    faults = [fault for folder in folders for fault in fuzzed(folder, given.seconds / len(folders), given.seed)]
    print(f"{len(faults)} faults")
    return int(bool(faults) or not folders)


def fuzzed(folder: str, seconds: float, seed: int) -> Iterator[str]:
    """Yield the faults of one format, and print its figures."""
    chance, counts = random.Random(f"{seed} {folder}"), Counter[str]()
    goldens = [golden for golden in GOLDENS if golden.folder == folder]
    until, longest = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        golden, number = chance.choice(goldens), chance.randrange(2**64)
        counts["bodies"] += 1
        fault, taken = read(golden, number)
        longest = max(longest, taken)
        if fault:
            counts["faults"] += 1
            print(f"{folder}/{golden.path.name} seed {number}: {fault}", flush=True)
            yield fault
    print(f"{folder:<22}{counts['bodies']:>8} bodies{counts['faults']:>4} faults, longest {longest:.2f} s", flush=True)


def read(golden: Golden, seed: int) -> tuple[str, float]:
    """Return what is wrong with how a mutation is read, empty if nothing is, and the seconds that it took."""
    body, before, started = mutated(golden, seed), peak(), time.process_time()
    try:
        report = explained(body, golden.headers)
    except Exception:  # anything that is raised is what this script looks for
        return traceback.format_exc(), 0.0
    taken = time.process_time() - started
    if not report.texts:
        return "no text", taken
    if taken > SLOW_SECONDS:
        return f"{len(body)} bytes took {taken:.1f} s", taken
    grown = peak() - before
    return (f"{len(body)} bytes took {grown >> 20} MB" if grown > GROWTH_BYTES else ""), taken


def peak() -> int:
    """Return the most memory that this process has had, in bytes."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


if __name__ == "__main__":
    raise SystemExit(main())
