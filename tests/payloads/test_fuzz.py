"""Mutated payloads: whatever a body has become, it is read or refused with a reason, and never costs a 5xx."""

import contextlib
import json
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.intake.payload_report import explained

from .golden_files import GOLDENS

VALUES = [
    None, True, 0, -1, 1e308, 2**63, 2**70, float("nan"), "", "x", "\0", "\ud800", "9" * 400, "1e999", "==", [], {},
    [[]], [None], {"": None}, {"data": "%"}, [[[1]]], [1, [2]], {"0": {"0": 1}}, "{", "[1", '{"instances": [[1]]}',
]  # fmt: skip
BYTES = [
    b"",
    b"\0",
    b"\xff",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\n",
    b",",
    b"\x1f\x8b\x08",
    b"PAR1",
    b"9" * 40,
    b"\\ud800",
    b"-",
]


def mutated_bytes(body, chance):
    """Return a body with some bytes replaced, removed, repeated, or taken from another payload."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(body))
        end = min(len(body), start + chance.choice([0, 1, 2, 8, 64]))
        kind = chance.randint(0, 3)
        other = chance.choice(GOLDENS).body
        place = chance.randint(0, len(other))
        middle = [chance.choice(BYTES), body[start:end] * 2, other[place : place + 64], chance.randbytes(4)][kind]
        body = body[:start] + middle + body[end:]
    return body


def mutated_document(value, chance, depth=0):
    """Return a document with one of its parts replaced, removed or renamed."""
    if depth and chance.random() < 0.25:
        return chance.choice(VALUES)
    if isinstance(value, dict) and value:
        name = chance.choice(list(value))
        changed = dict(value)
        if chance.random() < 0.15:
            changed[chance.choice(list(value))] = changed.pop(name)
        else:
            changed[name] = mutated_document(value[name], chance, depth + 1)
        return changed
    if isinstance(value, list) and value:
        place = chance.randrange(len(value))
        if chance.random() < 0.2:
            return value[:place] + value[place + 1 :]
        return [*value[:place], mutated_document(value[place], chance, depth + 1), *value[place + 1 :]]
    if isinstance(value, str) and value[:1] in "{[" and value:
        with contextlib.suppress(ValueError):
            return json.dumps(mutated_document(json.loads(value), chance, depth))
    return chance.choice(VALUES)


def mutated(golden, seed):
    """Return a mutation of a payload, always the same for a seed."""
    chance = random.Random(seed)
    body = golden.body
    with contextlib.suppress(ValueError, UnicodeDecodeError):
        if chance.random() < 0.7:
            document = json.loads(body)
            for _ in range(chance.randint(1, 3)):
                document = mutated_document(document, chance)
            return json.dumps(document).encode(errors="surrogatepass")
    return mutated_bytes(body, chance)


@pytest.mark.slow
@given(place=st.integers(0, len(GOLDENS) - 1), seed=st.integers(0, 2**64))
@settings(max_examples=1000, deadline=5000)
def test_any_mutation_is_read_or_refused(place, seed):
    """The report has a text for every body; nothing is raised, and nothing takes long."""
    golden = GOLDENS[place]
    assert explained(mutated(golden, seed), golden.headers).texts


@cache
def once(sidecar):
    """Return one sidecar for all examples."""
    return sidecar()


@pytest.mark.slow
@given(place=st.integers(0, len(GOLDENS) - 1), seed=st.integers(0, 2**64))
@settings(max_examples=300, deadline=5000)
def test_no_mutation_is_our_fault(sidecar, place, seed):
    """Over HTTP every body is answered below 500, with counts that add up."""
    golden = GOLDENS[place]
    headers = {name.replace("-", "_"): value for name, value in golden.headers.items() if name != "content-type"}
    body = mutated(golden, seed)
    answer = once(sidecar).ask("POST", "/", body, content_type=golden.headers.get("content-type", ""), **headers)
    assert answer.status < 500
    assert answer.json is not None
