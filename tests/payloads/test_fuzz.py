"""Mutated payloads: whatever a body has become, it is read or refused with a reason, and never costs a 5xx."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.intake.payload_report import explained

from .golden_files import GOLDENS
from .mutations import mutated


@pytest.mark.slow
@given(place=st.integers(0, len(GOLDENS) - 1), seed=st.integers(0, 2**64))
@settings(max_examples=1000, deadline=5000)
def test_any_mutation_is_read_or_refused(place, seed):
    """The report has a text for every body; nothing is raised, and nothing takes long."""
    golden = GOLDENS[place]
    assert explained(mutated(golden, seed), golden.headers).texts


NUMBER = re.compile(rb'(?<![\w."-])-?\d+(?:\.\d+)?(?=[\s,}\]])')
TEXT = re.compile(rb'(?<=: )"[^"\\]*"')


@pytest.mark.slow
@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1e999", "NaN", "[]"])
def test_numbers_without_end(number):
    """Whatever each number of a payload is replaced by, and each text by such a number, it is read or refused."""
    for golden in GOLDENS:
        for pattern in (NUMBER, TEXT):
            assert explained(pattern.sub(number.encode(), golden.body), golden.headers).texts


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
