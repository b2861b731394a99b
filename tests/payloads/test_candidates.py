"""Formats are found by the names of a document, and the answer is as if each had been asked."""

import orjson
import pytest
from inference_exporter.intake.opening import opened
from inference_exporter.intake.translation import GENERIC, SPECIFIC
from inference_exporter.payloads import PAYLOADS
from inference_exporter.payloads._candidates import ByNames, Candidates
from inference_exporter.payloads.envelopes import ENVELOPES
from inference_exporter.payloads.llm import LLM_BODIES

from .golden_files import GOLDENS


def documents():
    """Return every object of the golden payloads, at any depth, by the name of its file."""
    found = {}

    def take(name, value):
        if isinstance(value, dict):
            found[f"{name}-{len(found)}"] = value
            for inner in value.values():
                take(name, inner)
        elif isinstance(value, list):
            for inner in value[:20]:
                take(name, inner)

    for golden in GOLDENS:
        for line in (golden.body, *golden.body.splitlines()[:20]):
            try:
                take(f"{golden.folder}/{golden.path.name}", orjson.loads(line))
            except ValueError:
                continue
    return found


DOCUMENTS = documents()
ATTRIBUTES = ({}, {"type": "org.kubeflow.serving.inference.request"}, {"type": "io.seldon.serving.feedback"},
              {"type": "otlp.span"})  # fmt: skip


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=["none", "kserve", "seldon", "span"])
@pytest.mark.parametrize("members", [PAYLOADS, ENVELOPES], ids=["payloads", "envelopes"])
def test_the_names_of_a_member_hide_no_document(members, attributes):
    """A document goes to the first member that recognises it, whichever names the members declare."""
    candidates = Candidates(members.values())
    for name, document in DOCUMENTS.items():
        first = next((each for each in members.values() if each.recognises(document, attributes)), None)
        assert candidates.of(document, attributes) is first, name


def test_the_names_of_an_api_hide_no_body():
    """A body of a language model has one of the names of its API."""
    by_names = ByNames(LLM_BODIES.values(), lambda bodies: bodies.names)
    for name, document in DOCUMENTS.items():
        for bodies in LLM_BODIES.values():
            if bodies.is_request(document) or bodies.is_response(document) or bodies.is_chunk(document):
                assert bodies in by_names.asked(document), (name, bodies.key)


def test_a_foreign_document_is_shown_to_few():
    """Nearly no member is asked about names that none knows."""
    asked = [each for members in (SPECIFIC, GENERIC) for each in members._plain.asked({"unlike": 1, "any": 2})]
    assert [each.key for each in asked] == ["evidently"]


def test_members_without_names_are_always_asked():
    """A member that cannot declare names is asked about every document, in its turn."""
    kinds = {"first": ("a", "b"), "any": (), "last": ("b",)}
    by_names = ByNames(kinds, kinds.__getitem__)
    assert by_names.asked({"b": 1, "c": 2}) == ("first", "any", "last")
    assert by_names.asked({"a": 1}) == ("first", "any")
    assert by_names.asked({}) == ("any",)


def test_events_are_asked_by_their_attributes():
    """Formats of events are asked if there are attributes."""
    document = next(opened({"unlike": 1}, {})).document
    assert SPECIFIC.of(document, {}) is None
    assert SPECIFIC.of(document, {"type": "org.kubeflow.serving.inference.request"}).key == "kserve"
