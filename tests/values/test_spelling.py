"""One text, however it is spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.reference.buckets import categorical_buckets
from inference_exporter.values.spelling import is_respelled, may_be_a_moment, one_spelling


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        (" red", "red"),
        ("red  ", "red"),
        ("red\u00a0", "red"),
        ("dark red", "dark red"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\0b", "a\ufffdb"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05"),
        ("2024-01-02 03:04:05+00:00", "2024-01-02T03:04:05"),
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05"),
        ("2024-01-02T04:04:05+01:00", "2024-01-02T03:04:05"),
        ("2024-01-02T04:04:05.500000000+01", "2024-01-02T03:04:05.5"),
        ("2024-01-02 03:04", "2024-01-02T03:04:00"),
        ("2024-01-02T00:00:00.000Z", "2024-01-02"),
        ("2024-01-02", "2024-01-02"),
        ("2024-13-02T00:00:00", "2024-13-02T00:00:00"),
        ("2024-01-02 and after", "2024-01-02 and after"),
        ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00+01:00"),
        ("12.50", "12.50"),
    ],
)
def test_one_spelling(text, spelled):
    """Blanks, Unicode forms, NUL and date formats do not make another text."""
    assert one_spelling(text) == spelled
    assert one_spelling(spelled) == spelled
    assert spelled == text or is_respelled(text) or may_be_a_moment(text)


@given(st.text())
def test_a_spelling_is_final(text):
    """Normalising a spelling twice changes nothing, and only texts that look like spellings are changed."""
    spelled = one_spelling(text)
    assert one_spelling(spelled) == spelled
    assert spelled == text or is_respelled(text) or may_be_a_moment(text)


@pytest.mark.parametrize(
    ("learned", "live"), [("red ", "red"), ("red", " red"), ("cafe\u0301", "caf\u00e9"), ("caf\u00e9", "cafe\u0301"),
                          ("2024-01-02 00:00:00+00:00", "2024-01-02"), ("a\0b", "a\ufffdb")]
)  # fmt: skip
def test_the_reference_knows_a_category_by_any_spelling(learned, live):
    """A category learned in one spelling is known in another."""
    buckets = categorical_buckets([learned, learned, "A"])
    assert buckets.locate([live, learned]).tolist() == [0, 0]


def test_spellings_are_one_category():
    """A text with and without blanks is one category."""
    assert categorical_buckets(["red", "red ", " red", "blue"]).categories == ("red", "blue")
