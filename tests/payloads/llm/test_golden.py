"""Golden payloads of language models: none of their text is kept, and no mutation of one does harm."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.errors import DecodeError
from inference_exporter.intake.pairing import Pairing
from inference_exporter.intake.reading import payload_blocks
from inference_exporter.intake.translation import Translator
from inference_exporter.payloads._base import UnreadablePayload
from inference_exporter.payloads.llm import LLM_BODIES
from inference_exporter.samples.native import samples_of
from inference_exporter.samples.records import Rows

from ..golden_files import GOLDENS

FOLDERS = {*LLM_BODIES, "litellm", "otlp_span", "otlp_traces"}
OF_MODELS = [golden for golden in GOLDENS if golden.folder in FOLDERS]
IN_BYTES = [golden for golden in GOLDENS if golden.folder in {*FOLDERS, "otlp_protobuf"}]
TEXT = "kiwi"
"""Each text of these payloads, of prompts and answers, contains this word."""


def translated(body):
    """Return the samples and rejections of a body by format, as `POST /` reads it, and what the engine refuses."""
    translator = Translator(Pairing(2**30, 0.0), lambda model, version, variant: ())
    found = {}
    _, blocks = payload_blocks([body], {})
    for block in blocks:
        if not isinstance(block, Rows):
            continue
        parts = [*translator.translate(block, {}, 0.0), *translator.expired(1.0)]
        for key, each in parts:
            samples, rejected = found.setdefault(key, ([], []))
            samples += each.samples
            rejected += [item.message for item in each.rejected]
            for decoded in samples_of([Rows(each.samples, each.sample_indices)]):
                rejected += [item.message for item in decoded.rejected]
    return found


@pytest.mark.parametrize("golden", OF_MODELS, ids=lambda golden: f"{golden.folder}/{golden.path.stem}")
class TestEveryGoldenPayload:
    def test_no_text_is_kept(self, golden):
        """No word of a prompt or an answer is in the samples."""
        assert TEXT not in str([samples for samples, _ in translated(golden.body).values()])

    def test_extra_fields_are_ignored(self, golden):
        """A field that the specification does not have changes nothing."""
        if golden.path.suffix != ".json":
            pytest.skip("not one JSON document")
        document = orjson.loads(golden.body)
        if isinstance(document, dict):
            more = orjson.dumps(document | {"x_extra_field": {"a": [1, None]}})
            assert translated(more) == translated(golden.body)


MUTATIONS = (None, True, -1, 0, 3.5, 1e400, "", "text", [], {}, [None], {"a": 1}, [[]], "9" * 300, float("nan"))


def mutated(value, draw, depth=0):
    """Return a JSON value with one part replaced, removed or repeated."""
    if isinstance(value, dict) and value and (depth < 2 or draw(st.booleans())):
        name = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 6)) == 0:
            return {key: each for key, each in value.items() if key != name}
        return value | {name: mutated(value[name], draw, depth + 1)}
    if isinstance(value, list) and value and (depth < 2 or draw(st.booleans())):
        place = draw(st.integers(0, len(value) - 1))
        kept = [*value[:place], mutated(value[place], draw, depth + 1), *value[place + 1 :]]
        return kept * draw(st.sampled_from([1, 1, 2]))
    return draw(st.sampled_from(MUTATIONS))


class TestMutations:
    @pytest.mark.slow
    @settings(max_examples=200)
    @given(data=st.data())
    def test_a_mutated_payload_is_read_or_refused(self, data):
        """A golden payload with some parts changed is read, or refused with a message; nothing else is raised."""
        document = document_of(data.draw(st.sampled_from(OF_MODELS)).body)
        for _ in range(data.draw(st.integers(1, 3))):
            document = mutated(document, data.draw)
        try:
            found = translated(orjson.dumps(document))
        except DecodeError as error:
            assert str(error)
            return
        assert all(message for _, rejected in found.values() for message in rejected)

    @given(data=st.data(), size=st.integers(1, 300))
    def test_damaged_bytes_are_read_or_refused(self, data, size):
        """A body with changed or lost bytes is read, or refused with a reason."""
        body = bytearray(data.draw(st.sampled_from(IN_BYTES)).body)
        start = data.draw(st.integers(0, len(body) - 1))
        body[start : start + size] = data.draw(st.binary(max_size=4))
        try:
            translated(bytes(body))
        except DecodeError as error:
            assert str(error)


def document_of(body):
    """Return the document of a golden payload; of a stream, an exchange that has it as its response."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        lines = [line.removeprefix(b"data:").strip() for line in body.splitlines()]
        return {"request": {}, "response": [orjson.loads(line) for line in lines if line.startswith(b"{")]}


@pytest.mark.parametrize("bodies", LLM_BODIES.values(), ids=lambda bodies: bodies.key)
class TestEveryApi:
    @given(body=st.dictionaries(st.sampled_from(["messages", "choices", "object", "model", "usage"]), st.just(5)))
    def test_garbage_is_refused(self, bodies, body):
        """Reading what was not recognised raises at most the error of an unreadable payload."""
        for is_one, read in ((bodies.is_response, bodies.read_response), (bodies.is_request, bodies.read_request)):
            if read and is_one(body):
                try:
                    read(body)
                except UnreadablePayload as error:
                    assert "expected" in str(error)
