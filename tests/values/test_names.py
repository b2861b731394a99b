"""Column names are checked before they become features."""

import pytest
from inference_exporter.values.names import names_of


@pytest.mark.parametrize(
    ("header", "names", "twice"),
    [(["a", "b"], ("a", "b"), None), (["", "age"], (None, "age"), None), ([" age ", "b"], ("age", "b"), None),
     (["a", "__index_level_0__", ""], ("a", None, None), None),
     (["Unnamed: 0", "b"], (None, "b"), None), (["a", " a"], ("a", "a"), "a"), ([], (), None)],
)  # fmt: skip
def test_a_feature_has_a_name_of_its_own(header, names, twice):
    """Nameless columns and surrounding blanks are removed, and the first duplicate name is reported."""
    named = names_of(header)
    assert (named.names, named.twice) == (names, twice)
    assert bool(named.notes) == (None in names or any(name != name.strip() for name in header))
