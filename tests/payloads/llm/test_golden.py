"""Golden payloads of language models: each is recognised, and becomes the samples beside it."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.decode import FORMATS
from inference_exporter.errors import DecodeError
from inference_exporter.intake.pairing import Pairing
from inference_exporter.intake.translation import Translator
from inference_exporter.payloads._base import UnreadablePayload
from inference_exporter.payloads.llm import LLM_BODIES
from inference_exporter.samples.native import samples_of
from inference_exporter.samples.records import Rows

GOLDEN = Path(__file__).parents[1] / "golden"
WITH_GOLDENS = {*LLM_BODIES}
"""Formats with a folder of golden payloads, by key."""
PAYLOADS = sorted(
    path for key in WITH_GOLDENS for path in (GOLDEN / key).glob("*") if not path.name.endswith(".expected.json")
)
TEXT = "kiwi"
"""Each text of a golden payload, of prompts and answers, contains this word."""


def translated(body):
    """Return the samples and rejections of a body by format, as `POST /` reads it, and what the engine refuses."""
    translator = Translator(Pairing(2**30, 0.0), lambda model, version, variant: ())
    found = {}
    for block in FORMATS["json"].read_payloads([body]):
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


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: f"{path.parent.name}/{path.name}")
class TestEveryGoldenPayload:
    def test_it_becomes_the_samples_beside_it(self, path, request):
        """A payload is read as its format, without a rejection, into the expected samples."""
        found = {key: (samples, rejected) for key, (samples, rejected) in translated(path.read_bytes()).items()}
        expected = path.with_name(f"{path.name}.expected.json")
        if request.config.getoption("--update-golden"):
            shown = {key: samples for key, (samples, _) in found.items()}
            expected.write_bytes(orjson.dumps(shown, option=orjson.OPT_INDENT_2) + b"\n")
        assert {key: samples for key, (samples, _) in found.items()} == orjson.loads(expected.read_bytes())
        assert [message for _, rejected in found.values() for message in rejected] == []

    def test_no_text_is_kept(self, path):
        """No word of a prompt or an answer is in the samples."""
        body = path.read_bytes()
        assert TEXT.encode() in body or "embeddings" in str(path) or "usage" in path.name
        assert TEXT not in str(translated(body))

    def test_extra_fields_are_ignored(self, path):
        """A field that the specification does not have changes nothing."""
        if path.suffix != ".json":
            pytest.skip("not one JSON document")
        document = orjson.loads(path.read_bytes())
        if isinstance(document, dict):
            more = orjson.dumps(document | {"x_extra_field": {"a": [1, None]}})
            assert translated(more) == translated(path.read_bytes())


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
    @settings(max_examples=300)
    @given(data=st.data())
    def test_a_mutated_payload_is_read_or_refused(self, data):
        """A golden payload with some parts changed is read, or refused with a message; nothing else is raised."""
        path = data.draw(st.sampled_from(PAYLOADS))
        document = documents(path)
        for _ in range(data.draw(st.integers(1, 3))):
            document = mutated(document, data.draw)
        try:
            found = translated(orjson.dumps(document))
        except (DecodeError, TypeError):  # orjson writes no integers beyond 64 bits
            return
        assert all(message for _, rejected in found.values() for message in rejected)

    @given(data=st.data(), size=st.integers(1, 300))
    def test_damaged_bytes_are_read_or_refused(self, data, size):
        """A body with changed or lost bytes is read, or refused with a reason."""
        body = bytearray(data.draw(st.sampled_from(PAYLOADS)).read_bytes())
        start = data.draw(st.integers(0, len(body) - 1))
        body[start : start + size] = data.draw(st.binary(max_size=4))
        try:
            translated(bytes(body))
        except DecodeError as error:
            assert str(error)


def documents(path):
    """Return the document of a golden payload; a stream as the exchange that has it as its response."""
    body = path.read_bytes()
    if path.suffix == ".json":
        return orjson.loads(body)
    lines = [line.removeprefix(b"data:").strip() for line in body.splitlines() if line.startswith((b"data:", b"{"))]
    chunks = [orjson.loads(line) for line in lines if line != b"[DONE]"]
    return {"request": {}, "response": chunks}


def test_every_format_has_golden_payloads():
    """Each API has a folder with at least one payload."""
    assert {path.parent.name for path in PAYLOADS} == WITH_GOLDENS


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
