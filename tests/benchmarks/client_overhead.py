"""What observe() costs the caller: CPU time a call, beside what else one could do in its place.

Run it with ``python tests/benchmarks/client_overhead.py``. Everything is
measured in one process and one run, best of several rounds, and the thread's
own CPU time is taken, so that the sender in the background is not counted
(its cost is the last line). Then the time on the clock of single calls, which
is what a request waits: in a loop and at 500 calls a second, with the sender
running and with the sidecar down.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from inference_exporter.client import Monitor, Options

FEATURES = {f"feature_{index}": index * 1.1 for index in range(10)} | {"country": "FR", "channel": "web"}
CALLS = 20_000
ROUNDS = 7
DOWN = "http://127.0.0.1:9"


class Sink(BaseHTTPRequestHandler):
    """Takes everything and says so."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the answer in one piece

    def do_POST(self) -> None:
        """Answer at once."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def microseconds(call: Callable[[], object], calls: int = CALLS, after: Callable[[], object] = lambda: None) -> float:
    """Return the CPU time of one call in this thread, best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.thread_time_ns()
        for _ in range(calls):
            call()
        best = min(best, (time.thread_time_ns() - started) / calls / 1000)
        after()
    return best


def quantiles(call: Callable[[], object], calls: int, pause: float) -> tuple[float, float]:
    """Return the median and the 99th percentile of the time of a call, in microseconds."""
    times = []
    for _ in range(calls):
        started = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - started)
        if pause:
            time.sleep(pause)
    times.sort()
    return times[calls // 2] / 1000, times[calls * 99 // 100] / 1000


def print_waits(url: str, append: Callable[[], object]) -> None:
    """Print how long single calls take, with the sender running and with nothing listening."""
    print(f"\n{'time of a call on the clock, µs':<40}{'p50':>9}{'p99':>9}")
    for name, address in (("deque.append of a copy", None), ("sender running", url), ("sidecar down", DOWN)):
        for rate, calls, pause in (("in a loop", 9_000, 0.0), ("500 a second", 2_000, 0.002)):
            monitor = Monitor(address, "fraud", "7")
            observe = partial(monitor.observe, features=FEATURES, prediction="ok", latency_seconds=0.01, code=200)
            call = observe if address else append
            quantiles(call, 200, 0.0)
            half, most = quantiles(call, calls, pause)
            print(f"{name + ', ' + rate:<40}{half:>9.2f}{most:>9.2f}")
            monitor.close(0.5)


def main() -> None:
    """Measure and print."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    kept: deque[dict[str, object]] = deque()
    connection = HTTPConnection("127.0.0.1", server.server_address[1])
    body = json.dumps({"features": FEATURES, "prediction": "ok"})

    def append() -> None:
        kept.append(FEATURES.copy())

    def post() -> None:
        connection.request("POST", "/v1/samples", body)
        connection.getresponse().read()

    # The queue holds a whole round and is emptied between rounds: no call is refused.
    monitor = Monitor(
        url,
        "fraud",
        "7",
        options=Options(queue_samples=CALLS + 1, queue_bytes=2**30, batch_seconds=60, batch_samples=CALLS),
    )
    idle = Monitor("off", "fraud", "7")

    def observe() -> None:
        monitor.observe(features=FEATURES, prediction="ok", latency_seconds=0.01, code=200)

    plain = microseconds(append, after=kept.clear)
    costs = {
        "deque.append of a copy": plain,
        "Monitor.observe": microseconds(observe, after=lambda: monitor.flush(30)),
        "Monitor.observe, url off": microseconds(lambda: idle.observe(features=FEATURES, prediction="ok")),
        "http.client POST, keep-alive": microseconds(post, calls=500),
    }
    before = time.process_time_ns() - time.thread_time_ns()
    for _ in range(CALLS):
        observe()
    monitor.flush(30)
    costs["background, client and sink"] = (time.process_time_ns() - time.thread_time_ns() - before) / CALLS / 1000
    print(f"{'12 features, CPU time a call':<32}{'µs':>9}{'ratio':>9}")
    for name, cost in costs.items():
        print(f"{name:<32}{cost:>9.3f}{cost / plain:>9.1f}")
    print(monitor.statistics())
    monitor.close()
    print_waits(url, append)
    server.shutdown()


if __name__ == "__main__":
    main()
