"""Objects as columns: a value keeps its type wherever it stands."""

import numpy as np
import pytest
from inference_exporter.samples.objects import object_columns

LENGTHS = (2, 64, 65, 129, 1000)
ODD = (True, False, "1.5", "2023_01", " 7 ", [1], {}, 2**53 + 1, 10**400)


def places_of(length: int) -> list[int]:
    """Return places in a column, the first and last among them, and one that a look at every nth row would miss."""
    return sorted({0, 1, length // 2, length - 2, length - 1})


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd!r:.12}")
def test_a_value_keeps_its_type_anywhere(length, odd):
    """One value that is not a number, or too long for a float, is the same after its column was read, at any place."""
    for place in places_of(length):
        objects = [{"a": row / 2, "b": row, "c": None if row % 3 else 1.0} for row in range(length)]
        objects[place]["b"] = odd
        columns = object_columns("features", objects, length)
        found = columns["b"][place]
        assert type(found) is type(odd)
        assert found == odd
        # The other columns, and the other values of its column, are what they were.
        assert [value for row, value in enumerate(columns["b"]) if row != place] == [
            row for row in range(length) if row != place
        ]
        np.testing.assert_array_equal(np.array(columns["a"], float), np.arange(length) / 2)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_boolean_costs_its_column_only(length):
    """Columns of numbers beside it are still arrays, which the engine counts at once."""
    objects = [{"a": 0.5, "b": 1, "c": 2.0} for _ in range(length)]
    objects[-1]["b"] = True
    columns = object_columns("features", objects, length)
    assert {name: isinstance(column, np.ndarray) for name, column in columns.items()} == {
        "a": True,
        "b": False,
        "c": True,
    }
