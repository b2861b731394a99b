"""Chunks of streamed responses are one sample, however their documents are put into a body."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.intake.payload_report import explained
from inference_exporter.payloads.streams import OPEN_AT_MOST, with_whole_streams
from inference_exporter.proxy.exchange import Copy, Exchange
from inference_exporter.proxy.framing import Head
from inference_exporter.proxy.records import record_of
from inference_exporter.samples.records import EVENT_STREAM, Rows


def gemini(text, id="r", **more):
    return {"candidates": [{"content": {"parts": [{"text": text}]}, **more}], "responseId": id}


USAGE = {"usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 4}}
CHAT = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
STREAMS = {
    "gemini": [gemini("Hel"), gemini("lo"), {**gemini("", finishReason="STOP"), **USAGE}],
    "ollama": [
        {"model": "l", "message": {"role": "assistant", "content": "Hel"}, "done": False},
        {"model": "l", "message": {"role": "assistant", "content": "lo"}, "done": False},
        {"model": "l", "message": {"content": ""}, "done": True, "prompt_eval_count": 5, "eval_count": 4},
    ],
    "openai_chat": [
        {**CHAT, "choices": [{"index": 0, "delta": {"content": "Hel"}}]},
        {**CHAT, "choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]},
        {**CHAT, "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 4}},
    ],
    "anthropic_messages": [
        {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": [],
                                              "model": "c", "usage": {"input_tokens": 5, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
        {"type": "message_stop"},
    ],
}  # fmt: skip
WRITTEN = {
    "lines": lambda chunks: "\n".join(map(json.dumps, chunks)),
    "array": json.dumps,
    "array over lines": lambda chunks: "[" + "\n,\r\n".join(json.dumps(each, indent=2) for each in chunks) + "\n]",
    "one after another": lambda chunks: "".join(map(json.dumps, chunks)),
}
PROMPT = {"messages": [{"role": "user", "content": "hi"}]}
every_stream = pytest.mark.parametrize("api", STREAMS)


def samples(body, headers=()):
    """Return a text for each sample that a body means."""
    report = explained(body if isinstance(body, bytes) else body.encode(), dict(headers))
    assert report.rejected == 0, report.texts
    return [text for text in report.texts if "samples: 1" in text]


def is_whole(text):
    return "answer_length: 5.0" in text and "input_tokens: 5.0" in text and "output_tokens: 4.0" in text


@every_stream
@pytest.mark.parametrize("written", [name for name in WRITTEN if name != "one after another"])
def test_a_body(api, written):
    """Lines and arrays of chunks are one sample with all of the text and the last usage."""
    (text,) = samples(WRITTEN[written](STREAMS[api]))
    assert is_whole(text)


@every_stream
@pytest.mark.parametrize("written", WRITTEN)
def test_a_response_in_a_record(api, written):
    """A gateway that logs the response as text may have any of them."""
    (text,) = samples(json.dumps({"request": PROMPT, "response": WRITTEN[written](STREAMS[api]), "id": "e"}))
    assert is_whole(text)


@every_stream
@pytest.mark.parametrize("written", WRITTEN)
def test_through_the_proxy(api, written):
    """Whatever content type the server declares, the copy is one sample."""
    exchange = Exchange(Head(("POST", "/v1/chat", "HTTP/1.1"), {"content-type": "application/json"}), 1.0, 1.0)
    exchange.is_asked, exchange.code, exchange.last_byte_seconds = True, "200", 1.0
    exchange.response = Head(("HTTP/1.1", "200", "OK"), {"content-type": "application/json"})
    for copy, body in (
        (exchange.requested, json.dumps(PROMPT)), (exchange.answered, WRITTEN[written](STREAMS[api])),
    ):  # fmt: skip
        copy.pieces, copy.size = [body.encode()], len(body)
    (text,) = samples(record_of(exchange, ""))
    assert is_whole(text)


def test_text_that_looks_like_two_documents_is_one():
    """Braces in a text of a plain response do not make it a stream."""
    response = {"choices": [{"message": {"content": "if (a) {} {}"}, "finish_reason": "stop"}], "object": "x"}
    body = json.dumps(response).encode()
    exchange = Exchange(Head(("POST", "/", "HTTP/1.1"), {}), 1.0, 1.0, is_asked=True)
    exchange.response, exchange.code = Head(("HTTP/1.1", "200", "OK"), {}), "200"
    exchange.answered = Copy([body], len(body))
    assert json.loads(record_of(exchange, ""))["response"] == response


def test_responses_that_alternate():
    """Chunks belong to the response with their id; those without belong to the latest that has not ended."""
    ones, others = STREAMS["gemini"], [{**each, "responseId": "s"} for each in STREAMS["gemini"]]
    alternating = [chunk for pair in zip(ones, others, strict=True) for chunk in pair]
    (block, rest) = with_whole_streams([Rows(alternating, range(6))])
    assert not block.values
    assert rest.values == [{EVENT_STREAM: ones}, {EVENT_STREAM: others}]
    assert rest.indices == [0, 1]
    twice = STREAMS["ollama"] * 2
    (_, rest) = with_whole_streams([Rows(twice, range(6))])
    assert rest.values == [{EVENT_STREAM: STREAMS["ollama"]}] * 2


def test_a_response_goes_on_in_the_next_block():
    """Blocks end anywhere."""
    first, *others = STREAMS["gemini"]
    blocks = [Rows([first], [0]), Rows(others, [1, 2])]
    assert [value for block in with_whole_streams(blocks) for value in block.values] == [
        {EVENT_STREAM: STREAMS["gemini"]}
    ]


def test_whole_responses_stay_themselves():
    """A log of responses that are complete gives one record each, and few of them wait."""
    responses = [gemini("hi", id=f"r{number}") for number in range(3 * OPEN_AT_MOST)]
    blocks = list(with_whole_streams([Rows(responses, range(len(responses)))]))
    assert [value for block in blocks for value in block.values] == responses
    assert len(blocks[-1].values) <= OPEN_AT_MOST


@given(st.lists(st.sampled_from([{"x": 1}, 7, None, "a", *STREAMS["gemini"], *STREAMS["ollama"]]), max_size=12))
def test_nothing_is_lost(records):
    """Every record is in exactly one of those that come out."""
    out = [value for block in with_whole_streams([Rows(records, range(len(records)))]) for value in block.values]
    flat = [
        part
        for value in out
        for part in (value[EVENT_STREAM] if isinstance(value, dict) and EVENT_STREAM in value else [value])
    ]
    assert sorted(map(json.dumps, flat)) == sorted(map(json.dumps, records))
