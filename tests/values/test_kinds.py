"""The kind of a column: the majority decides."""

import numpy as np
import pytest
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.values.kinds import is_numeric

NUMBERS = [float(number) for number in range(100)]


@pytest.mark.parametrize(
    ("column", "numeric"),
    [(np.array([1.0]), True), ([1, 2.5, None], True), ([None, None], True), ([], True), (["1", "2"], False),
     ([True, False], False), ([True, 1, 0], False), ([1, "NaN", None], True), ([1, "NA"], True), (["NaN"], False),
     ([1, "a"], False),
     ([1.5, "NaN", "-Infinity"], True), ([1, True], False),
     ([*NUMBERS, "oops"], True), ([*NUMBERS, *["unknown"] * 60], True), ([*NUMBERS, *["unknown"] * 160], False),
     ([1.0, 2.0, "A"] * 100, False), ([*NUMBERS, [1]], True), ([[1], [2]], False),
     ([2**53, 2**60, None], False), ([1, 2, 2**60], True), ([2**60, 2**61, "NA"], False), ([1e300, 2e300], True),
     (DictionaryColumn(np.array([0, 1, -1]), ("a", "b")), False), (DictionaryColumn(np.array([-1]), ()), True),
     (DictionaryColumn(np.array([0, 1, -1]), (2**60, 2**61)), False),
     (DictionaryColumn(np.array([0, 0, -1]), (1.5, "b")), True)],
)  # fmt: skip
def test_the_majority_of_values_decides(column, numeric):
    """One odd value among numbers does not make them categories, and some numbers do not make categories numeric."""
    assert is_numeric(column) is numeric
