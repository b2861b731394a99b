"""Tables made of registration lines."""

from dataclasses import dataclass

import pytest
from inference_exporter.registry import table_of


@dataclass(frozen=True)
class Tool:
    key: str


@dataclass(frozen=True)
class Toy:
    key: str


HAMMER, SAW = Tool("hammer"), Tool("saw")


def test_members_of_the_kind_are_held_by_key_in_order():
    """What else a module holds is left alone; the order is that of the lines."""
    names = {"table_of": table_of, "SAW": SAW, "TOY": Toy("hammer"), "HAMMER": HAMMER, "Tool": Tool, "__name__": "m"}
    assert list(table_of(Tool, names).items()) == [("saw", SAW), ("hammer", HAMMER)]


def test_the_same_member_by_two_names_is_one():
    """An alias is no second member."""
    assert table_of(Tool, {"HAMMER": HAMMER, "MALLET": HAMMER}) == {"hammer": HAMMER}


def test_two_members_of_one_key_stop_the_program():
    """The second would hide the first: a mistake that is told at start, by the name of the line."""
    with pytest.raises(ValueError, match="MALLET: another Tool has the key 'hammer'"):
        table_of(Tool, {"HAMMER": HAMMER, "MALLET": Tool("hammer")})


def test_nothing_registered_is_an_empty_table():
    """A folder without members is none the worse."""
    assert table_of(Tool, {}) == {}
