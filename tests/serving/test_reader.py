"""Bytes become requests: however they are cut, within the limits of headers, a few at a time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.serving.reader import CHUNKS_AT_ONCE, HEAD_PIECE, MAX_HEAD_BYTES, MAX_HEADERS, Reader

GET = b"GET /metrics?a=b HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /v1/samples HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


class Taker:
    """Notes what it hears."""

    def __init__(self):
        self.heard, self.bodies, self.requests, self.costs = [], [], [], []

    def begin(self, request):
        self.heard.append("begin")

    def grow(self, request):
        self.costs.append(request.head_cost)

    def head(self, request):
        self.heard.append(f"head {request.method} {request.path}")

    def body(self, request, piece):
        request.add(piece)
        self.bodies.append(bytes(piece))

    def whole(self, request):
        self.heard.append("whole")
        self.requests.append(request)

    def unreadable(self, reason):
        self.heard.append(reason)


def read(*pieces, whole_feed=True):
    """Return a taker and what it heard of bytes that come in pieces; what was not looked at comes again."""
    taker = Taker()
    reader = Reader(taker)
    for piece in pieces:
        rest = reader.feed(piece, 1.0)
        while rest and whole_feed:
            rest = reader.feed(rest, 1.0)
    return taker


def bodies(taker):
    return [b"".join(request.chunks) for request in taker.requests]


@given(st.lists(st.integers(0, 400), max_size=8))
def test_it_makes_no_difference_how_bytes_are_cut(cuts):
    """The same requests come out, whatever the packets."""
    sent = POST + GET + CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n" + POST
    edges = [0, *sorted(cut for cut in cuts if cut < len(sent)), len(sent)]
    taker = read(*(sent[start:end] for start, end in pairwise(edges) if start < end))
    assert [request.method for request in taker.requests] == ["POST", "GET", "POST", "POST"]
    assert bodies(taker) == [b"hello", b"", b"abcde", b"hello"]
    assert [len(request.headers) for request in taker.requests] == [2, 1, 2, 2]


def test_a_target_is_split():
    """Path and query, also of the absolute form that a proxy sends, also where it is odd."""
    targets = {
        b"/a?b=c?d": ("/a", "b=c?d"), b"http://x/a?b": ("/a", "b"), b"http://x": ("/", ""), b"http://[x/a": ("/a", ""),
        b"/%6detrics?%61": ("/metrics", "%61"), b"/%c3%a9": ("/\xc3\xa9", ""), b"*": ("/", ""),
    }  # fmt: skip
    for target, expected in targets.items():
        (request,) = read(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n").requests
        assert (request.path, request.query) == expected


def test_requests_in_one_packet_are_read_a_few_at_a_time():
    """The rest comes back once some are whole, so that others have their turn."""
    taker = Taker()
    rest = Reader(taker).feed(GET * 1000, 0.0)
    assert 0 < len(taker.requests) <= HEAD_PIECE / len(GET) + 1
    assert len(rest) >= len(GET) * 1000 - HEAD_PIECE


def test_tiny_chunks_are_read_a_few_at_a_time():
    """A chunked body of two bytes a chunk does not keep others waiting either."""
    taker = Taker()
    rest = Reader(taker).feed(CHUNKED + b"2\r\nab\r\n" * 40_000, 0.0)
    assert len(taker.bodies) < 10 * CHUNKS_AT_ONCE
    assert rest


def test_a_body_of_declared_length_goes_past_the_parser():
    """What comes after its last byte is the next request."""
    taker = read(POST[:-3], b"llo" + GET)
    assert bodies(taker) == [b"hello", b""]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
    ],
)
def test_what_two_servers_could_read_differently_is_not_read(sent, caplog):
    """A request whose end is in doubt could smuggle another one past a proxy: refused, without a traceback."""
    taker = read(sent + GET)
    assert taker.heard[-1] == "bad_request"
    assert not any(request.path == "/metrics" for request in taker.requests)
    assert not caplog.records


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"


@given(st.lists(st.integers(0, 300), max_size=4))
def test_an_upgrade_is_declined(cuts):
    """Java's client asks for HTTP/2 with each request: body and next request are read as if it had not."""
    first, chunked, get = (sent.replace(b"Host: x\r\n", b"Host: x\r\n" + UPGRADE) for sent in (POST, CHUNKED, GET))
    sent = first + chunked + b"3\r\nabc\r\n0\r\n\r\n" + get + GET
    edges = [0, *sorted(cut for cut in cuts if cut < len(sent)), len(sent)]
    taker = read(*(sent[start:end] for start, end in pairwise(edges) if start < end))
    assert bodies(taker) == [b"hello", b"abc", b"", b""]
    assert all(request.keep_alive for request in taker.requests)


def test_connect_is_the_last_request():
    """It is answered; what follows is not HTTP."""
    taker = read(b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n" + b"\x16\x03\x01" * 100)
    assert [request.keep_alive for request in taker.requests] == [False]
    assert taker.heard[-1] == "whole"


def test_what_follows_the_last_request_is_not_read():
    """After "Connection: close" nothing counts as a bad request either."""
    taker = read(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + GET)
    assert taker.heard == ["begin", "head GET /metrics", "whole"]


def test_chunks_in_http_1_0_are_the_last_request():
    """A proxy of that version may take them for something else."""
    taker = read(CHUNKED.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\nConnection: keep-alive\r\n") + b"0\r\n\r\n")
    assert [request.keep_alive for request in taker.requests] == [False]


@pytest.mark.parametrize(
    "head",
    [
        b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n",
        b"".join(b"X-%d: a\r\n" % number for number in range(MAX_HEADERS + 1)),
        b"a: b\r\n" * 20_000,
    ],
)
@pytest.mark.parametrize("end", [b"\r\n", b""], ids=["whole", "half"])
def test_headers_are_bounded(head, end):
    """In bytes and in number, whether they are whole or not."""
    taker = read(b"GET / HTTP/1.1\r\nHost: x\r\n" + head + end)
    assert taker.heard == ["begin", "too_large"]


def test_trailers_are_bounded_and_no_headers():
    """What follows the last chunk is dropped, and cannot go on for ever."""
    taker = read(CHUNKED + b"0\r\nHost: evil\r\n\r\n")
    assert taker.requests[0].header("host") == "x"
    taker = read(CHUNKED + b"0\r\n" + b"A: b\r\n" * 20_000)
    assert taker.heard[-1] == "too_large"


def test_what_headers_take_is_known_as_they_come():
    """The cost grows with each piece, objects included."""
    taker = read(b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 80)
    assert taker.costs == sorted(taker.costs)
    assert taker.costs[-1] >= 80 * 150


def test_nothing_is_read_after_a_stop():
    """What a sender adds after it was turned away is thrown away."""
    taker = Taker()
    reader = Reader(taker)
    reader.stop()
    assert reader.feed(GET, 0.0) == b""
    assert taker.heard == []
