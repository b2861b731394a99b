"""Requests and responses of language models that are logged apart, and those of loggers that send CloudEvents."""

import orjson
import pytest
from inference_exporter.intake.pairing import Pairing, size_of
from inference_exporter.intake.reading import payload_blocks
from inference_exporter.intake.translation import Translator
from inference_exporter.payloads._base import Inference, Prompt, Reply, ToolCall
from inference_exporter.samples.records import Rows

TOOL = {"type": "function", "function": {"name": "sell", "parameters": {"type": "object", "required": ["n"]}}}
REQUEST = {"model": "chat", "messages": [{"role": "user", "content": "hello"}], "tools": [TOOL]}
CALL = {"function": {"name": "sell", "arguments": "{}"}}
RESPONSE = {
    "id": "chatcmpl-1", "object": "chat.completion", "model": "chat-2026",
    "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "tool_calls": [CALL]}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}  # fmt: skip


@pytest.fixture
def translate():
    """Return a function from a record to its samples, by format."""
    translator = Translator(Pairing(2**20, 60.0), lambda model, version, variant: ())

    def samples(record, attributes=None):
        found = dict(translator.translate(Rows([record], range(1)), attributes or {}, 0.0))
        assert not any(len(each.rejected) for each in found.values())
        return [sample for each in found.values() for sample in each.samples]

    return samples


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["request first", "response first"])
def test_halves_meet_by_their_id(translate, order):
    """Prompt and answer become one sample; the call is checked by the schema of the request; latency lies between."""
    halves = [{"id": "r-1", "time": 100, "request": REQUEST}, {"id": "r-1", "time": 102, "response": RESPONSE}]
    assert translate(halves[order[0]]) == []
    [sample] = translate(halves[order[1]])
    assert (sample["id"], sample["model"], sample["features"]["prompt_length"]) == ("r-1", "chat-2026", 5.0)
    assert (sample["time"], sample["latency_seconds"]) == (100, 2.0)
    assert (sample["llm"]["wrong_schema_tool_calls"], sample["llm"]["input_tokens"]) == (1.0, 3.0)


def test_halves_of_cloud_events(translate):
    """A logger that sends CloudEvents needs no other setting; its model is the service."""
    event = {"type": "org.kubeflow.serving.inference.", "id": "e-1", "inferenceservicename": "shop", "source": "x"}
    assert translate(REQUEST, event | {"type": event["type"] + "request", "time": "2026-11-27T00:00:00Z"}) == []
    answer = event | {"type": event["type"] + "response", "time": "2026-11-27T00:00:02Z"}
    [sample] = translate(RESPONSE, answer)
    assert (sample["model"], sample["latency_seconds"], sample["llm"]["output_tokens"]) == ("shop", 2.0, 2.0)


def test_a_response_alone_does_not_wait(translate):
    """A response has an id, but its request has none: nothing will come, so it counts at once."""
    [sample] = translate(RESPONSE)
    assert sample["llm"]["unchecked_tool_calls"] == 1.0


def test_a_failed_call_is_an_error(translate):
    """A response that is an error has its status, or 500."""
    [told] = translate({"request": REQUEST, "response": {"error": {"message": "no", "code": 429}}})
    [other] = translate({"request": REQUEST, "response": {"error": "no"}, "status": "failed"})
    assert (told["code"], other["code"]) == (429, 500)
    assert "llm" not in told


def test_our_own_samples_stay_ours(translate):
    """A sample with a field that bodies have too is a sample."""
    own = {"features": {"x": 1}, "messages": [], "model": "m"}
    assert translate(own) == [own]


def test_what_waits_is_counted_in_bytes():
    """Schemas and arguments that wait for the other half take memory; no nesting is too deep to count."""
    deep = orjson.loads(b'{"a":' * 900 + b"1" + b"}" * 900)
    prompt = Inference(requested=Prompt([{}], tools={"sell": {"description": "x" * 5000, "deep": deep}}))
    reply = Inference(answered=Reply(tool_calls=[ToolCall("sell", "y" * 7000)]))
    assert size_of(prompt) > 5000 + 900 * 80
    assert size_of(reply) > 7000


def test_long_payloads_are_read_whole():
    """The response of an exchange may be the text of a long stream; neither it nor the prompt is truncated."""
    chunk = 'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"ab"}}]}\n\n'
    end = 'data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n'
    prompt = {"model": "m", "messages": [{"role": "user", "content": "p" * 100_000}]}
    record = {"id": "r", "request": prompt, "response": chunk * 2000 + end}
    for body in (orjson.dumps(record), orjson.dumps([record]), orjson.dumps(record) + b"\n" + orjson.dumps(record)):
        block = next(iter(payload_blocks([body], {})[1]))
        translator = Translator(Pairing(2**24, 60.0), lambda model, version, variant: ())
        [(_, translated)] = translator.translate(block, {}, 0.0)
        features = translated.samples[0]["features"]
        assert (features["prompt_length"], features["answer_length"], features["output_tokens"]) == (1e5, 4000.0, 2.0)


def test_texts_of_samples_stay_short():
    """A long text that is a feature, and not a payload, is truncated as everywhere."""
    long = {"text": "x" * 100_000}
    rows = [{"features": long}, {"id": "r", "request": {"instances": [long]}, "response": {"predictions": [1]}}]
    for row in rows:
        [block] = payload_blocks([orjson.dumps(row)], {})[1]
        translator = Translator(Pairing(2**24, 60.0), lambda model, version, variant: ())
        [(_, translated)] = translator.translate(block, {}, 0.0)
        assert len(translated.samples[0]["features"]["text"]) == 65_536
