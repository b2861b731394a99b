"""The front: what it answers itself, what it refuses, and what it holds while the worker is at work."""

import asyncio
from types import SimpleNamespace

import pytest
from front_of_tests import Transport, statuses
from inference_exporter.config.schema import WebConfig
from inference_exporter.serving.connection import Connection
from inference_exporter.serving.front import MAX_OTHER_BODY, Front
from inference_exporter.serving.lane import Lane
from inference_exporter.serving.request import text_answer

MEGABYTE = 1024**2
LANES = ("intake", "scrape", "page", "reload")


class Channel:
    """A thread of the worker: takes one job, and answers when the test says so."""

    number = 7

    def __init__(self, lane):
        self.lane, self.jobs = lane, []
        lane.freed(self)

    def give(self, job):
        job.number, job.channel = 1, self
        self.jobs.append(job)

    def answer(self, text="done"):
        job = self.jobs.pop(0)
        for chunk in job.chunks:
            job.sent(len(chunk))
        job.answered(text_answer("200 OK", text) if text else None)
        self.lane.freed(self)


def running(test, *, ready=True, line=2, **web):
    """Run a test against a front whose worker is played by it."""

    async def run():
        worker = SimpleNamespace(is_ready=ready, is_alive=True, progress="", restarts=0, told=[])
        worker.tell = worker.told.append
        lanes = {name: Lane(line) for name in LANES}
        front = Front(WebConfig(**web), worker, lanes)
        channels = {name: Channel(lane) for name, lane in lanes.items()}
        turns = []
        front.next_turn = turns.append
        test(Door(front, worker, channels, turns))

    asyncio.run(run())


class Door:
    """What a test does with a front."""

    def __init__(self, front, worker, channels, turns):
        self.front, self.worker, self.channels, self.turns = front, worker, channels, turns

    def connect(self):
        connection, transport = Connection(self.front), Transport()
        transport.protocol = connection
        connection.connection_made(transport)
        return connection, transport

    def ask(self, *lines, body=b""):
        """Send a request over a new connection; return the connection and its transport."""
        connection, transport = self.connect()
        connection.data_received("\r\n".join([*lines, "", ""]).encode() + body)
        return connection, transport

    def get(self, path):
        return self.ask(f"GET {path} HTTP/1.1", "Host: x")

    def post(self, body=b"{}", *, declared=None, path="/v1/samples"):
        size = len(body) if declared is None else declared
        return self.ask(f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {size}", body=body)

    def answer(self, lane, text="done"):
        self.channels[lane].answer(text)
        while self.turns:
            self.turns.pop(0)()

    def refused(self):
        return {reason: count for reason, count in self.totals().refused.items() if count}

    def totals(self):
        return self.front._totals()


def refusal(transport):
    """Return the status of the last answer, and whether it says when to come back."""
    return statuses(transport)[-1], b"Retry-After: 1" in transport.written


class TestHealth:
    @pytest.mark.parametrize(
        ("alive", "ready", "found"),
        [(True, True, ["200", "200"]), (True, False, ["200", "503"]), (False, True, ["503", "200"])],
    )
    def test_it_is_answered_without_the_worker(self, alive, ready, found):
        """Alive is about its pings, ready about whether it takes requests."""

        def test(door):
            door.worker.is_alive, door.worker.is_ready = alive, ready
            paths = ("/-/healthy", "/-/ready")
            assert [statuses(door.get(path)[1])[-1] for path in paths] == found

        running(test)

    def test_it_is_read_only(self):
        """GET and HEAD, and the answer to others says so."""

        def test(door):
            _, transport = door.ask("POST /-/healthy HTTP/1.1", "Host: x", "Content-Length: 0")
            assert statuses(transport) == ["405"]
            assert b"Allow: GET, HEAD" in transport.written

        running(test)

    def test_it_is_answered_while_all_else_is_full(self):
        """Neither a full line nor a full budget has to do with it."""

        def test(door):
            for _ in range(10):
                door.post(b"x" * 100)
                door.get("/metrics?collect[]=own")
            assert statuses(door.get("/-/healthy")[1]) == ["200"]

        running(test, max_body_size=MEGABYTE, max_buffered=MEGABYTE)


class TestRefusals:
    def test_a_full_line_is_busy(self):
        """One at work, two in line, the fourth comes again; what it sent is given back."""

        def test(door):
            for _ in range(3):
                door.post()
            held = door.totals().buffered_bytes
            _, transport = door.post()
            assert refusal(transport) == ("503", True)
            assert (door.refused(), door.totals().buffered_bytes) == ({"busy": 1}, held)

        running(test)

    def test_scrapes_have_a_line_of_their_own(self):
        """Intake that is full leaves scrapes, pages and reloads alone."""

        def test(door):
            for _ in range(5):
                door.post()
            scrape, page = door.get("/metrics")[1], door.get("/")[1]
            door.answer("scrape")
            door.answer("page")
            assert (statuses(scrape), statuses(page)) == (["200"], ["200"])

        running(test)

    def test_bodies_beyond_the_budget_are_busy(self):
        """What was declared is refused before it comes, what was not when there is no room for it."""

        def test(door):
            door.post(b"x" * 700_000, declared=MEGABYTE)
            assert refusal(door.post(b"", declared=MEGABYTE - 1)[1]) == ("503", True)
            _, transport = door.ask("POST /v1/samples HTTP/1.1", "Host: x", "Transfer-Encoding: chunked",
                                    body=b"80000\r\n" + b"y" * 0x80000)  # fmt: skip
            while door.turns:
                door.turns.pop(0)()
            assert refusal(transport) == ("503", True)
            assert door.totals().buffered_bytes == 700_000

        running(test, max_body_size=MEGABYTE, max_buffered=MEGABYTE)

    def test_tiny_chunks_take_what_they_hold(self):
        """A body of chunks of two bytes is kept in few pieces."""

        def test(door):
            door.ask("POST /v1/samples HTTP/1.1", "Host: x", "Transfer-Encoding: chunked",
                     body=b"2\r\n{}\r\n" * 50_000 + b"0\r\n\r\n")  # fmt: skip
            while door.turns:
                door.turns.pop(0)()
            (job,) = door.channels["intake"].jobs
            assert (job.size, len(job.chunks)) == (100_000, 2)

        running(test)

    def test_only_intake_takes_a_body(self):
        """Elsewhere a large one is refused, declared or not, and a small one dropped."""

        def test(door):
            assert refusal(door.post(b"", declared=MAX_OTHER_BODY + 1, path="/-/reload")[1]) == ("413", False)
            door.post(b"x" * 100, path="/-/reload")
            assert (door.channels["reload"].jobs[0].size, door.totals().buffered_bytes) == (0, 0)

        running(test)

    @pytest.mark.parametrize("path", ["/", "/fraud/data"])
    def test_a_post_to_the_root_is_intake(self, path):
        """Loggers post payloads to the root, Evidently's client to its collector; the page has the same path."""

        def test(door):
            door.post(b"x" * 100, path=path)
            door.get("/")
            assert [job.size for job in door.channels["intake"].jobs] == [100]
            assert [job.head["method"] for job in door.channels["page"].jobs] == ["GET"]

        running(test)

    @pytest.mark.parametrize("hosts", [[], ["Host:"], ["Host: x", "Host: x"]])
    def test_one_host_is_expected(self, hosts):
        """None is not HTTP/1.1, and of two another server might believe the other."""

        def test(door):
            assert refusal(door.ask("GET /metrics HTTP/1.1", *hosts)[1]) == ("400", False)
            assert door.refused() == {"bad_request": 1}

        running(test)

    def test_nobody_is_asked_before_the_worker_is_ready(self):
        """Samples and scrapes are told to come again."""

        def test(door):
            assert [refusal(transport) for _, transport in (door.post(), door.get("/metrics"))] == [("503", True)] * 2
            assert door.refused() == {"starting": 2}

        running(test, ready=False)

    def test_a_worker_that_ends_is_answered_for(self):
        """Whoever waited is told to come again."""

        def test(door):
            _, transport = door.post()
            door.answer("intake", text=None)
            assert refusal(transport) == ("503", True)
            assert (door.refused(), door.totals().buffered_bytes) == ({"worker_lost": 1}, 0)

        running(test)

    def test_paths_are_what_they_spell(self):
        """Percent signs lead to the same lane."""

        def test(door):
            door.post(path="/v1/%73amples")
            door.get("/%6detrics")
            assert [len(door.channels[lane].jobs) for lane in LANES] == [1, 1, 0, 0]
            assert door.channels["intake"].jobs[0].head["path"] == "/v1/samples"

        running(test)


class TestConnections:
    def test_the_one_idle_for_longest_gives_way(self):
        """Beyond the bound, one that is at work stays."""

        def test(door):
            _, busy = door.post()
            idle = [door.connect()[1] for _ in range(15)]
            door.connect()
            assert (busy.closed, [transport.closed for transport in idle]) == (None, ["aborted", *[None] * 14])
            assert door.refused() == {"too_many_connections": 1}

        running(test, max_connections=16)

    def test_the_newest_goes_where_nobody_is_idle(self):
        """It is told so."""

        def test(door):
            for _ in range(16):
                door.post(b"", declared=10)
            _, transport = door.connect()
            assert (refusal(transport), transport.closed) == (("503", True), "closed")

        running(test, max_connections=16)

    def test_the_slowest_readers_give_way_to_scrapes(self):
        """Answers that nobody reads do not use up the room for answers."""

        def test(door):
            slow = [door.get("/metrics") for _ in range(3)]
            for _, transport in slow:
                transport.reads = False
            door.answer("scrape", "x" * 600_000)  # one answer for all that waited, at most
            while door.channels["scrape"].jobs:
                door.answer("scrape", "x" * 600_000)
            _, scrape = door.get("/metrics")
            door.answer("scrape")
            assert statuses(scrape) == ["200"]
            closed = [transport.closed for _, transport in slow]
            assert (closed.count("aborted"), door.refused()) == (2, {"slow_reader": 2})

        running(test, max_body_size=MEGABYTE, max_buffered=MEGABYTE)

    def test_a_sender_that_goes_is_not_worked_for(self):
        """What waits is withdrawn, what is at work is told to stop."""

        def test(door):
            first, _ = door.post()
            second, _ = door.post()
            second.connection_lost(None)
            assert door.totals().buffered_bytes == 2
            first.connection_lost(None)
            assert door.worker.told == ["gone 7 1"]
            door.answer("intake")
            assert (door.channels["intake"].jobs, door.totals().buffered_bytes) == ([], 0)
            assert door.refused() == {"sender_gone": 2}

        running(test)


class TestScrapes:
    def test_those_that_wait_share_an_answer(self):
        """Ten scrapers of one kind cost two scrapes; another kind is another scrape."""

        def test(door):
            same = [door.get("/metrics")[1] for _ in range(10)]
            other = door.get("/metrics?collect[]=own")[1]
            for _ in range(3):
                door.answer("scrape")
            assert [statuses(transport) for transport in (*same, other)] == [["200"]] * 11
            assert door.channels["scrape"].jobs == []

        running(test)


class TestReload:
    def test_signals_that_find_one_waiting_need_no_other(self):
        """One at work, one in line, however many signals."""

        def test(door):
            for _ in range(100):
                door.front.reload()
            door.answer("reload")
            door.answer("reload")
            assert (door.channels["reload"].jobs, door.refused()) == ([], {})

        running(test)

    def test_a_signal_after_one_began_is_another(self):
        """The file may have changed since."""

        def test(door):
            door.front.reload()
            door.answer("reload")
            door.front.reload()
            assert len(door.channels["reload"].jobs) == 1

        running(test)

    def test_a_signal_before_the_worker_is_ready_is_kept(self):
        """It follows once the worker is ready, once."""

        def test(door):
            door.front.reload()
            door.front.reload()
            assert door.channels["reload"].jobs == []
            door.worker.is_ready = True
            door.front.worker_became_ready()
            door.front.worker_became_ready()
            assert len(door.channels["reload"].jobs) == 1

        running(test, ready=False)


def test_the_end_waits_for_answers_and_no_longer_than_stated():
    """Ready turns false, what waits is answered, what is idle closes."""

    async def run():
        worker = SimpleNamespace(is_ready=True, is_alive=True, progress="", restarts=0, tell=None)
        lanes = {name: Lane(2) for name in LANES}
        front = Front(WebConfig(), worker, lanes)
        door = Door(front, worker, {name: Channel(lane) for name, lane in lanes.items()}, [])
        _, idle = door.get("/-/healthy")
        _, waits = door.post()
        draining = asyncio.create_task(front.drain(60.0))
        await asyncio.sleep(0)
        assert (idle.closed, waits.closed, draining.done()) == ("closed", None, False)
        assert statuses(door.get("/-/ready")[1]) == ["503"]
        door.channels["intake"].answer()
        await draining
        assert (statuses(waits), waits.closed) == (["200"], "closed")
        await front.drain(0.0)

    asyncio.run(run())
