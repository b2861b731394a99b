"""Mutations of golden payloads: bytes, parts of documents, cuts, repetitions, nesting, and numbers without end."""

import contextlib
import json
import random

from .golden_files import GOLDENS

VALUES = [
    -(10**400), 1e-320, float("inf"), "\ud83d", "2026-13-45T99:99:99Z", {"b64": "/w=="}, [0.5] * 3000,
    {"a": {"a": {"a": 1}}},
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


def nested(body, chance):
    """Return a body inside of very many lists or objects, or one that only begins so."""
    depth = chance.choice([50, 2_000, 100_000])
    start, end = chance.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'{"instances":[', b"]}")])
    return start * depth + body + (end * depth if chance.random() < 0.7 else b"")


def repeated(body, chance):
    """Return a body several times over, perhaps cut at its end."""
    times = chance.choice([2, 3, 50])
    body = chance.choice([b"", b"\n", b" "]).join([body] * times)
    return body[: chance.randint(0, len(body))] if chance.random() < 0.5 else body


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
    if chance.random() < 0.1:
        return chance.choice([nested, repeated])(body, chance)
    if chance.random() < 0.1:
        return body[: chance.randint(0, len(body))]
    return mutated_bytes(body, chance)
