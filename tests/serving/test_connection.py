"""One connection: its requests are answered in their order, within limits of time and bytes, whatever it sends."""

import pytest
from front_of_tests import Host, connect, statuses
from inference_exporter.serving.connection import FREE_HEAD_BYTES, LARGE_PIECE, MAX_PIPELINED, State
from inference_exporter.serving.request import text_answer

NOW = b"GET /now HTTP/1.1\r\nHost: x\r\n\r\n"
LATER = b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"


class TestAnswers:
    def test_a_request_is_answered_and_the_connection_stays(self):
        """Status, length, date, no sniffing; then it is idle."""
        one = connect()
        one.send(NOW)
        head, _, body = one.transport.written.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"Content-Length: 4" in head
        assert b"X-Content-Type-Options: nosniff" in head
        assert b"Date: today" in head
        assert body == b"now\n"
        assert (one.connection.state, one.transport.closed) == (State.IDLE, None)

    def test_head_gets_the_length_without_the_body(self):
        """HEAD is GET without what it is about."""
        one = connect()
        one.send(NOW.replace(b"GET", b"HEAD"))
        assert b"Content-Length: 4" in one.transport.written
        assert one.transport.written.endswith(b"\r\n\r\n")

    @pytest.mark.parametrize(
        ("sent", "stays", "header"),
        [
            (b"GET /now HTTP/1.0\r\n\r\n", False, b"Connection: close"),
            (b"GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True, b"Connection: keep-alive"),
            (b"GET /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", False, b"Connection: close"),
        ],
    )
    def test_it_stays_open_where_that_was_agreed(self, sent, stays, header):
        """HTTP/1.0 asks for it, HTTP/1.1 asks for the end; the answer says what holds."""
        one = connect()
        one.send(sent)
        assert header in one.transport.written
        assert one.transport.eof is not stays

    def test_an_answer_is_not_given_twice(self):
        """What comes after the answer, such as a late worker, goes nowhere."""
        one = connect()
        one.send(LATER)
        one.host.answer()
        one.connection.answer(text_answer("200 OK", "again"))
        assert statuses(one.transport) == ["200"]

    def test_who_expects_to_be_asked_for_the_body_is_asked(self):
        """100 once, before the body."""
        one = connect()
        one.send(HALF.replace(b"\r\n\r\nhello", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert statuses(one.transport) == ["100"]
        one.send(b"helloworld")
        one.host.answer()
        assert statuses(one.transport) == ["100", "200"]


class TestPipelines:
    def test_answers_come_in_the_order_of_requests(self):
        """What could be answered at once waits for what was asked before."""
        one = connect()
        one.send(LATER + NOW + LATER)
        assert one.transport.written == b""
        one.host.answer("first")
        one.host.run_turns()
        one.host.answer("third")
        assert [line for line in one.transport.written.split() if line in (b"first", b"now", b"third")] == [
            b"first", b"now", b"third",
        ]  # fmt: skip

    def test_a_long_pipeline_takes_turns(self):
        """No more than some twenty are answered before others have their turn, and all are in the end."""
        one = connect()
        one.send(NOW * 500)
        assert 0 < len(statuses(one.transport)) < 30
        assert not one.transport.is_reading
        one.host.run_turns()
        assert len(statuses(one.transport)) == 500
        assert (one.transport.is_reading, one.host.held, one.connection.state) == (True, 0, State.IDLE)

    def test_the_next_waits_until_the_answer_has_left(self):
        """A sender that does not read is not worked for."""
        one = connect()
        one.transport.reads = False
        one.send(LATER * 3)
        one.host.answer()
        one.host.run_turns()
        assert (len(one.host.waiting), one.connection.state) == (0, State.ANSWER)
        one.transport.read_all()
        one.host.run_turns()
        assert len(one.host.waiting) == 1

    def test_they_nest_no_calls(self):
        """A hundred answers one after another need no stack of a thousand calls."""
        one = connect()
        one.send(LATER + b"".join([NOW] * 15))
        one.host.answer()
        assert len(statuses(one.transport)) == 1  # the others have their turn
        one.host.run_turns()
        assert len(statuses(one.transport)) == 16

    def test_what_comes_too_early_counts_as_buffered(self):
        """It is read no further, and lost with its connection where there is no room."""
        one = connect(Host(room=100))
        one.send(LATER)
        one.send(b"x" * 60)
        assert (one.host.held, one.transport.is_reading) == (60, False)
        one.connection.connection_lost(None)
        assert one.host.held == 0
        two = connect(Host(room=100))
        two.send(LATER)
        two.send(NOW * 10)
        two.host.answer()
        assert b"Connection: close" in two.transport.written
        assert two.host.held == 0

    def test_their_number_is_bounded(self):
        """Chunks and requests in one piece end a pipeline that is too long."""
        one = connect()
        chunked = b"POST /later HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        one.send(LATER + chunked)
        one.send(b"0\r\n\r\n" + NOW * (MAX_PIPELINED + 5))
        for _ in range(3):
            one.host.run_turns()
        assert len(one.host.waiting) == 1


class TestLimits:
    def test_small_headers_are_free_and_large_ones_count(self):
        """A scrape gets through while bodies have used up all room; 60 kB of headers do not."""
        one = connect(Host(room=0))
        one.send(NOW)
        assert statuses(one.transport) == ["200"]
        one.send(b"GET /now HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2 * FREE_HEAD_BYTES)
        assert (statuses(one.transport), one.host.counts["busy"]) == (["200", "503"], 1)

    @pytest.mark.parametrize("end", ["answer", "hang up", "expire"])
    def test_what_headers_took_is_given_back(self, end):
        """However the request ends."""
        one = connect()
        sent = LATER.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 20_000)
        one.send(sent)
        assert one.host.held > 10_000
        if end == "answer":
            one.send(b"\r\n\r\n")
        elif end == "hang up":
            one.connection.connection_lost(None)
        else:
            one.connection.expire()
        assert one.host.held == 0

    def test_a_refused_body_is_not_read(self):
        """The answer comes before the body, which is thrown away; then the connection ends."""
        one = connect()
        one.host.refuse = text_answer("503 Service Unavailable", "busy", 1)
        one.send(HALF)
        one.send(b"x" * 1000)
        assert (statuses(one.transport), one.connection.state) == (["503"], State.LINGER)
        assert one.transport.eof

    def test_an_oversized_body_ends_early(self):
        """The worker answers it, without its body."""
        one = connect()

        def keep(request, piece):
            request.is_oversized = True

        one.host.keep = keep
        one.send(HALF)
        ((_, request),) = one.host.waiting
        assert (request.is_oversized, request.keep_alive) == (True, False)

    def test_large_pieces_let_others_go_first(self):
        """A fast sender is read again in the next turn only."""
        one = connect()
        one.send(HALF.replace(b"10", b"1000000"))
        one.send(b"x" * LARGE_PIECE)
        assert not one.transport.is_reading
        one.host.run_turns()
        assert one.transport.is_reading


class TestTime:
    @pytest.mark.parametrize(
        ("sent", "state", "seconds"),
        [
            (b"", State.IDLE, 2),  # a new connection is expected to ask something
            (b"GET / HT", State.HEAD, 2),
            (HALF, State.BODY, 3),
            (LATER, State.WORK, 4),
            (NOW, State.IDLE, 5),
            (NOW + b"GET", State.HEAD, 2),
        ],
    )
    def test_each_state_has_its_time(self, sent, state, seconds):
        """Headers, body, the answer, the next request."""
        one = connect(header_timeout=2.0, body_timeout=3.0, request_timeout=4.0, idle_timeout=5.0)
        if sent:
            one.send(sent)
        assert (one.connection.state, one.connection.deadline) == (state, one.host.time + seconds)

    def test_bytes_that_trickle_in_do_not_prolong_it(self):
        """The time of headers and of a body is for all of them."""
        one = connect(header_timeout=2.0, body_timeout=3.0)
        one.send(b"GET / HT")
        one.host.time += 1
        one.send(b"TP/1.1\r\n")
        assert one.connection.deadline == 102.0
        one.send(b"Content-Length: 10\r\nHost: x\r\n\r\n")
        one.host.time += 1
        one.send(b"x")
        assert one.connection.deadline == 104.0

    @pytest.mark.parametrize(
        ("sent", "reason"), [(b"GET / HT", "slow_headers"), (HALF, "slow_body"), (LATER, "request_timeout")]
    )
    def test_what_is_too_slow_is_answered_and_counted(self, sent, reason):
        """Each with its reason, and the work on it is abandoned."""
        one = connect()
        one.send(sent)
        one.connection.expire()
        assert (statuses(one.transport), one.host.counts[reason]) == (["503"], 1)
        assert f"abandon {reason}" in one.host.events
        assert one.transport.eof

    def test_who_does_not_read_is_hung_up_on(self):
        """Counted where an answer was lost, not where a connection was idle."""
        one = connect()
        one.connection.expire()
        assert (one.transport.closed, one.host.counts) == ("aborted", {})
        two = connect()
        two.transport.reads = False
        two.send(NOW)
        assert two.host.events[-1] == "unread"
        two.connection.expire()
        assert (two.transport.closed, two.host.counts) == ("aborted", {"slow_reader": 1})


class TestEnds:
    @pytest.mark.parametrize(
        ("sent", "events"),
        [
            (b"", ["closed"]),
            (NOW, ["closed"]),
            (b"GET / HT", ["abandon sender_gone", "closed"]),
            (HALF, ["abandon sender_gone", "closed"]),
            (LATER, ["abandon sender_gone", "closed"]),
        ],
    )
    def test_a_sender_that_goes_is_noticed(self, sent, events):
        """Counted where it left something unfinished."""
        one = connect()
        if sent:
            one.send(sent)
        one.connection.connection_lost(ConnectionResetError())
        assert [event for event in one.host.events if event not in ("opened", "idle")] == events

    def test_nothing_reaches_a_connection_that_is_gone(self):
        """A turn, an answer and an old timer find nothing to do."""
        one = connect()
        one.send(LATER + NOW * 100)
        one.connection.connection_lost(None)
        one.connection.answer(text_answer("200 OK", "late"))
        one.host.run_turns()
        assert one.transport.written == b""

    @pytest.mark.parametrize(
        ("sent", "found"),
        [(b"", []), (NOW, ["200"]), (b"GET / HT", ["503"]), (HALF, ["503"])],
    )
    def test_the_end_turns_away_what_is_not_whole(self, sent, found):
        """An idle connection is closed, half a request is answered."""
        one = connect()
        if sent:
            one.send(sent)
        one.connection.drain()
        assert statuses(one.transport) == found
        assert one.transport.closed or one.transport.eof

    def test_the_end_waits_for_what_is_whole(self):
        """Its answer says that the connection ends."""
        one = connect()
        one.send(LATER)
        one.connection.drain()
        assert one.transport.written == b""
        one.host.answer()
        assert (statuses(one.transport), one.transport.eof) == (["200"], True)
        assert b"Connection: close" in one.transport.written

    def test_one_too_many_is_told_so(self):
        """A connection for which there is no room gets an answer and the end."""
        one = connect()
        one.connection.has_no_room(one.host.refusal("too_many_connections"))
        assert (statuses(one.transport), one.transport.closed) == (["503"], "closed")
