"""Values: whatever their methods do, the result is a JSON value or an error."""

import itertools
from collections import UserDict, UserList

import pytest
from inference_exporter.client import values
from inference_exporter.client.values import Unreadable, bounded, key_text, plain


class Itself:
    def tolist(self):
        return self


class Another:
    def item(self):
        return Another()


class Endless(list):
    def __iter__(self):
        return itertools.count()


class Loud(str):
    def __str__(self):
        raise RuntimeError

    __repr__ = __hash__ = __str__


class Number(float):
    def __repr__(self):
        raise RuntimeError

    __float__ = __repr__


@pytest.mark.parametrize("value", [Itself(), Another(), [Another()]], ids=lambda value: type(value).__name__)
def test_conversions_that_never_end(value):
    """A conversion that returns itself, or endlessly a new object, is an error before the stack overflows."""
    with pytest.raises((Unreadable, TypeError, ValueError)):
        plain(value)


def test_iterators_that_never_end(monkeypatch):
    """An endless iterator is an error after the maximum number of values."""
    monkeypatch.setattr(values, "LONGEST", 100)
    with pytest.raises(Unreadable, match="more than 100"):
        plain(Endless())
    assert list(bounded(range(100))) == list(range(100))


def test_subclasses_are_asked_as_their_base():
    """Subclasses of text and numbers are read without calling their methods."""
    assert plain([Loud("x"), Number(1.5)]) == ["x", 1.5]
    assert [type(value) for value in plain([Loud("x"), Number(1.5)])] == [str, float]


def test_mappings_of_any_kind():
    """A mapping is an object, whatever its type."""
    assert plain(UserDict({"a": (1, 2)})) == {"a": [1, 2]}
    with pytest.raises(Unreadable):
        plain(UserList([1]))


@pytest.mark.parametrize(("key", "text"), [("a", "a"), (1, "1"), (None, "null"), (("a", 1), '["a",1]'), (True, "true")])
def test_keys(key, text):
    """A key that is not text becomes its JSON."""
    assert key_text(key) == text
