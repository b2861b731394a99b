import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

pytest.importorskip("pandas", reason="the demo extra is not installed")

from inference_exporter.client.statistics import Flow
from inference_exporter.demo.incidents import INCIDENTS, notices
from inference_exporter.demo.pacing import Pacer
from inference_exporter.demo.processes import free_port
from inference_exporter.demo.schedule import Outcome, Request
from inference_exporter.demo.stopping import Stop
from inference_exporter.demo.traffic import BACKLOG_SAMPLES, NO_ANSWER, PredictionClient, Traffic, moment_of

AT_ONCE = Pacer(event_start=0.0, wall_start=0.0, speed=1e12)
REQUEST = Request(100.0, [{"id": "a"}, {"id": "b"}])


class Listener:
    """A fake client."""

    def __init__(self):
        self.outcomes, self.events = [], []

    def outcome(self, id, outcome, time):
        self.outcomes.append((id, outcome, time))

    def event(self, kind, title, text, *, time):
        self.events.append((kind, time))

    def statistics(self):
        size = len(self.outcomes)
        flow = Flow(observed=size, acknowledged=size, rejected=0, dropped={"closed": 0}, queued=0, in_flight=0)
        return SimpleNamespace(outcomes=flow)


@pytest.fixture
def server():
    """A model server with scripted answers, which records connections and bodies."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            server.connections.add(self.client_address)
            server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.statuses.pop(0) if server.statuses else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.connections, server.bodies, server.statuses = set(), [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url(server):
    return f"http://127.0.0.1:{server.server_address[1]}"


def sent(address, steps, stop=None, pacer=AT_ONCE):
    listener = Listener()
    minutes = Listener()
    traffic = Traffic(PredictionClient(address), listener, minutes, stop or Stop())
    traffic.run(iter(steps), pacer)
    traffic.close()
    return traffic.progress(), listener, minutes


def test_each_step_goes_its_way_and_is_counted(server):
    """Requests go to the model server, outcomes and notices to the exporter."""
    server.statuses = [200, 500]
    notice = notices()[0]
    outcome = Outcome(notice.time.timestamp() + 60.0, "a", "late", 20.0)
    without_minutes = Outcome(outcome.time, "b", "late", None)
    progress, listener, minutes = sent(url(server), [REQUEST, REQUEST, notice, outcome, without_minutes])
    assert progress == {
        "date": INCIDENTS[0].start.strftime("%Y-%m-%d"),
        "requests": 2,
        "samples": 4,
        "failed_requests": 1,
        "outcomes": 3,
        "events": 1,
        "outcomes_accepted": 3,
        "outcomes_rejected": 0,
        "outcomes_dropped": 0,
        "outcomes_queued": 0,
    }
    assert server.bodies == [{"instances": REQUEST.instances}] * 2
    assert listener.outcomes == [("a", "late", outcome.time), ("b", "late", outcome.time)]
    assert minutes.outcomes == [("a", 20.0, outcome.time)]
    assert listener.events == [("incident", notice.time)]


def test_connections_stay_open(server):
    """Requests of a thread share a connection."""
    client = PredictionClient(url(server))
    assert [client.predict(REQUEST) for _ in range(5)] == [200] * 5
    client.close()
    assert len(server.connections) == 1


def test_a_server_that_is_away_costs_samples_not_the_run():
    """Requests without an answer are counted separately."""
    address = f"http://127.0.0.1:{free_port()}"
    client = PredictionClient(address)
    assert client.predict(REQUEST) == NO_ANSWER
    client.close()
    progress, _, _ = sent(address, [REQUEST])
    assert (progress.get("samples"), progress["unanswered"], progress["failed_requests"]) == (None, 2, 1)


def test_a_stop_ends_the_replay(server):
    """After a stop nothing more is sent."""
    stop = Stop()
    stop.requested = True
    progress, _, _ = sent(url(server), [REQUEST] * 3, stop)
    assert "requests" not in progress and server.bodies == []


def test_a_step_knows_its_moment():
    """Steps have a date or Unix seconds; both are due correctly."""
    notice = notices()[0]
    assert moment_of(notice) == notice.time.timestamp()
    assert moment_of(REQUEST) == 100.0


def test_the_replay_waits_for_the_exporter(server):
    """Nothing is sent while many samples are queued, and all of it afterwards."""
    stop, listener = Stop(), Listener()
    traffic = Traffic(PredictionClient(url(server)), listener, Listener(), stop)
    traffic.queued_samples = BACKLOG_SAMPLES + 1
    replay = threading.Thread(target=traffic.run, args=(iter([REQUEST] * 3), AT_ONCE))
    replay.start()
    replay.join(0.3)
    assert replay.is_alive() and server.bodies == []
    traffic.queued_samples = BACKLOG_SAMPLES
    replay.join(30)
    traffic.close()
    assert len(server.bodies) == 3


def test_a_stop_ends_the_wait_for_the_exporter(server):
    """A full queue does not keep the replay from ending."""
    stop = Stop()
    traffic = Traffic(PredictionClient(url(server)), Listener(), Listener(), stop)
    traffic.queued_samples = BACKLOG_SAMPLES + 1
    replay = threading.Thread(target=traffic.run, args=(iter([REQUEST]), AT_ONCE))
    replay.start()
    stop.requested = True
    replay.join(30)
    traffic.close()
    assert not replay.is_alive() and server.bodies == []
