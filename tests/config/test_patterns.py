"""Configured regular expressions."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.patterns import Pattern, PatternFault

EVIL = ["(a+)+$", "(a|aa)+$", "(.*a){20}$", "(a*)*b", r"([a-z]+\d?)+!"]


@pytest.mark.parametrize("pattern", EVIL)
def test_no_pattern_takes_long(pattern):
    """Patterns that make a backtracking matcher hang are fast, for texts of maximum length."""
    started = time.process_time()
    assert not Pattern(pattern).matches("a" * 60_000 + "?")
    assert time.process_time() - started < 2


def test_whole_and_part():
    """A value must match as a whole; a command line only in part."""
    pattern = Pattern("[0-9]{5}")
    assert pattern.matches("01234")
    assert not pattern.matches("012345")
    assert pattern.is_found_in("server --port 12345")


@pytest.mark.parametrize("text", ["[0-9", "(", "(?=a)b", r"(a)\1", "a{1,5000}", "\ud800"])
def test_what_is_refused(text):
    """Invalid patterns, and patterns that need backtracking, are refused."""
    with pytest.raises(PatternFault):
        Pattern(text)


@given(st.text(st.characters(codec=None), max_size=20))
def test_any_text_can_be_asked_for(text):
    """Lone surrogates and NUL do not raise."""
    assert Pattern("(?s).*").matches(text)
