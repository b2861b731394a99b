"""Tables of members by key."""

from dataclasses import dataclass

import pytest
from inference_exporter.registry import table_of


@dataclass(frozen=True)
class Member:
    """Something with a key."""

    key: str


def test_members_are_found_by_key_in_their_order():
    """A module's names of the right type are members, in the order of their lines."""
    names = {"__name__": "x", "B": Member("b"), "A": Member("a"), "other": 5}
    assert list(table_of(Member, names).items()) == [("b", Member("b")), ("a", Member("a"))]


def test_the_same_member_twice_is_one():
    """A member imported under two names counts once."""
    member = Member("a")
    assert table_of(Member, {"A": member, "B": member}) == {"a": member}


def test_two_members_of_one_key_stop_the_start():
    """A duplicate key is an error at start."""
    with pytest.raises(ValueError, match="B: another Member has the key 'a'"):
        table_of(Member, {"A": Member("a"), "B": Member("a")})
