"""What a payload of each format costs until it is samples: CPU time of a post, beside ``orjson.loads`` of its body.

Run it with ``python tests/benchmarks/payload_cost.py``. Bodies are those of ``tests/payloads/golden``, one document
a post, and a native sample; nothing is counted or stored.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import orjson
from inference_exporter.intake.pairing import Pairing
from inference_exporter.intake.reading import payload_blocks
from inference_exporter.intake.translation import Translator
from inference_exporter.samples.records import Rows

GOLDEN = Path(__file__).parent.parent / "payloads" / "golden"
NATIVE = {"id": "a", "features": {f"feature_{i}": i * 1.1 for i in range(10)}, "prediction": "ok", "code": 200}
UNKNOWN = {"unlike": 1, "any": {"thing": 2}, "known": [3]}
CALLS, ROUNDS = 400, 5


def microseconds(call: Callable[[], object]) -> float:
    """Return the CPU time of one call, best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time_ns()
        for _ in range(CALLS):
            call()
        best = min(best, (time.process_time_ns() - started) / CALLS / 1000)
    return best


def read(body: bytes, translator: Translator) -> None:
    """Turn a body into samples."""
    _, blocks = payload_blocks([body], {})
    for block in blocks:
        if isinstance(block, Rows):
            for _ in translator.translate(block, {}, 0.0):
                pass


def documents() -> dict[str, bytes]:
    """Return a body in JSON for each format."""
    found = {"native": orjson.dumps(NATIVE), "unknown": orjson.dumps(UNKNOWN)}
    for folder in sorted(GOLDEN.iterdir()):
        for path in sorted(folder.glob("*.json")):
            lines = path.read_bytes().splitlines()
            for body in (path.read_bytes(), lines[0] if lines else b""):
                try:
                    document = orjson.loads(body)
                except ValueError:
                    continue
                if isinstance(document, dict):
                    found.setdefault(folder.name, body)
    return found


def main() -> None:
    """Measure and print."""
    print(f"{'format':<22}{'µs a post':>10}{'orjson':>8}{'ratio':>7}{'posts/CPU s':>13}")
    only = sys.argv[1:]
    translator = Translator(Pairing(1 << 20, 60.0), lambda model, version, variant: ())
    for name, body in documents().items():
        if only and name not in only:
            continue
        cost, bare = microseconds(partial(read, body, translator)), microseconds(partial(orjson.loads, body))
        print(f"{name:<22}{cost:>10.1f}{bare:>8.2f}{cost / bare:>7.1f}{1e6 / cost:>13,.0f}")


if __name__ == "__main__":
    main()
