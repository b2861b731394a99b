"""Replays flights against the model server, and reports their outcomes to the exporter.

    python -m inference_exporter.demo.traffic \\
        --model.url=http://127.0.0.1:8000 --exporter.url=http://127.0.0.1:10800

Prints a line of JSON each second: the date reached and the counts so far.
"""

import argparse
import heapq
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from ..client import Monitor
from .data import REPLAY_END, load_flights, replayed_flights
from .incidents import Notice
from .names import MINUTES_MODEL, MODEL
from .pacing import BUSY, DEFAULT_SPEED, LIVE_SPEED, Pacer
from .schedule import Outcome, Request, Step, following_years, notices_of, outcomes, requests
from .sidecar import client_account
from .stopping import Stop

NO_ANSWER = 599
"""Stands for no answer; not an HTTP status."""
CONNECTIONS = 4
REQUEST_TIMEOUT_SECONDS = 10.0
FLUSH_SECONDS = 30.0
"""Timeout for queued outcomes to reach the exporter when the traffic ends."""
IN_FLIGHT = 8
"""Maximum concurrent requests: if the server is slower than the pace, the replay waits for it."""

BACKLOG_SAMPLES = BUSY.queue_samples // 2
"""Samples queued for the exporter at which the replay waits, so that a small machine takes longer and drops none."""
BACKLOG_LOOK_SECONDS = 0.1


class PredictionClient:
    """Client of the model server, with one persistent connection per thread."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._local = threading.local()
        self._connections: list[http.client.HTTPConnection] = []

    def predict(self, request: Request) -> int:
        """Return the status of the answer, `NO_ANSWER` if there was none."""
        body = json.dumps({"instances": request.instances}).encode()
        try:
            return self._post(body)
        except (OSError, http.client.HTTPException):
            # A broken connection is not used again; the next request opens another.
            self._local.connection = None
            return NO_ANSWER

    def close(self) -> None:
        """Close all connections; no request may be in progress."""
        for connection in self._connections:
            connection.close()

    def _post(self, body: bytes) -> int:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._address, timeout=REQUEST_TIMEOUT_SECONDS)
            self._local.connection = connection
            self._connections.append(connection)
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return response.status


class Traffic:
    """Sends steps when they are due, and counts them."""

    def __init__(self, client: PredictionClient, monitor: Monitor, minutes: Monitor, stop: Stop) -> None:
        self._client = client
        self._monitor = monitor
        self._minutes = minutes
        self._stop = stop
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="request")
        self._free = threading.Semaphore(IN_FLIGHT)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._reached = 0.0
        self.queued_samples = 0
        """Samples that the model server last had queued for the exporter; set by another thread."""

    def run(self, steps: Iterator[Step], pacer: Pacer) -> None:
        """Send the steps in order until they end or a stop is requested."""
        for step in steps:
            moment = moment_of(step)
            if self._stop.sleep(pacer.wait_seconds(moment, time.monotonic())) or self._stopped_while_behind():
                return
            self._send(step)
            self._reached = max(self._reached, moment)

    def _stopped_while_behind(self) -> bool:
        """Wait while the model server has many samples queued; returns whether a stop was requested meanwhile."""
        while self.queued_samples > BACKLOG_SAMPLES:
            if self._stop.sleep(BACKLOG_LOOK_SECONDS):
                return True
        return False

    def close(self) -> None:
        """Wait for requests in progress, then close."""
        self._pool.shutdown()
        self._client.close()

    def progress(self) -> dict[str, str | int]:
        """Return the date reached, the counts so far, and the results of the outcomes."""
        with self._lock:
            counts = dict(self._counts)
        date = datetime.fromtimestamp(self._reached, UTC).strftime("%Y-%m-%d") if self._reached else ""
        flows = [monitor.statistics().outcomes for monitor in (self._monitor, self._minutes)]
        return {
            "date": date,
            **counts,
            "outcomes_accepted": sum(flow.acknowledged for flow in flows),
            "outcomes_rejected": sum(flow.rejected for flow in flows),
            "outcomes_dropped": sum(sum(flow.dropped.values()) for flow in flows),
            "outcomes_queued": sum(flow.queued + flow.in_flight for flow in flows),
        }

    def _send(self, step: Step) -> None:
        match step:
            case Request():
                # Bounded here, because the pool's own queue is not.
                self._free.acquire()
                self._pool.submit(self._client.predict, step).add_done_callback(
                    lambda answered: self._count_request(step, answered)
                )
            case Outcome():
                # Without a version, so that it is joined in champion and challenger.
                self._monitor.outcome(step.id, step.outcome, time=step.time)
                self._count("outcomes")
                if step.minutes is not None:
                    self._minutes.outcome(step.id, step.minutes, time=step.time)
                    self._count("outcomes")
            case Notice():
                self._monitor.event(step.kind, step.title, step.text, time=step.time)
                self._count("events")

    def _count_request(self, request: Request, answered: "Future[int]") -> None:
        self._free.release()
        status = answered.result()
        self._count("requests")
        self._count("samples" if status != NO_ANSWER else "unanswered", len(request.instances))
        if status >= 500:
            self._count("failed_requests")

    def _count(self, what: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[what] += amount


def steps_of(flights: pd.DataFrame) -> Iterator[Step]:
    """Yield all steps for these flights, by time."""
    return heapq.merge(notices_of(flights), requests(flights), outcomes(flights), key=moment_of)


def moment_of(step: Step) -> float:
    """Return when a step is due, in Unix seconds."""
    return step.time.timestamp() if isinstance(step, Notice) else step.time


def replay(traffic: Traffic, flights: pd.DataFrame, speed: float) -> None:
    """Send these flights; the first leaves now."""
    traffic.run(steps_of(flights), Pacer(flights["time"].iloc[0].timestamp(), time.monotonic(), speed))


def report(traffic: Traffic, queued_samples: Callable[[], int], stop: Stop) -> None:
    """Print a line each second until stopped, and keep the traffic from running ahead of the exporter."""
    while not stop.sleep(1.0):
        traffic.queued_samples = queued_samples()
        print(json.dumps(traffic.progress()), flush=True)


def main() -> None:
    """Replay the year, then go on slowly until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model.url", dest="model_url", required=True)
    parser.add_argument("--exporter.url", dest="exporter_url", required=True)
    parser.add_argument(
        "--flights.file", dest="flights_file", type=Path, help="written by train.py; prepared if absent"
    )
    parser.add_argument("--speed", type=float, default=DEFAULT_SPEED, help="event seconds per second")
    arguments = parser.parse_args()
    stop = Stop().on_signals()
    monitor = Monitor(arguments.exporter_url, model=MODEL, options=BUSY)
    minutes = Monitor(arguments.exporter_url, model=MINUTES_MODEL, options=BUSY)
    traffic = Traffic(PredictionClient(arguments.model_url), monitor, minutes, stop)
    flights = _flights(arguments.flights_file)
    queued = partial(_queued_samples, arguments.model_url)
    reporter = threading.Thread(target=report, args=(traffic, queued, stop), daemon=True)
    reporter.start()
    replay(traffic, replayed_flights(flights), arguments.speed)
    for year in following_years(flights, pd.Timestamp(REPLAY_END)):
        if stop.requested:
            break
        replay(traffic, year, LIVE_SPEED)
    traffic.close()
    for client in (monitor, minutes):
        client.flush(FLUSH_SECONDS)
        client.close()
    stop.requested = True  # however the replay ended, so that `report` ends too
    reporter.join()
    print(json.dumps(traffic.progress()), flush=True)


def _queued_samples(model_url: str) -> int:
    """Return how many samples the model server has queued; 0 if it does not answer, which the requests will notice."""
    try:
        return client_account(model_url).queued
    except OSError:
        return 0


def _flights(file: Path | None) -> pd.DataFrame:
    if file is None:
        return load_flights()
    flights: pd.DataFrame = pd.read_pickle(file)  # noqa: S301 - what the demo's own train.py wrote
    return flights


if __name__ == "__main__":
    main()
