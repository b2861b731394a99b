"""Texts that mean that a value is missing."""

# As pandas, R, SQL dumps (\N), spreadsheets and the UCI repository (?) write them.
MISSING_TEXTS = frozenset({
    "", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "None", "<NA>", "<na>", "NaT", "#N/A", "?", "\\N",
})  # fmt: skip
# In a numeric column they can mean nothing else, in any case.
MISSING_NUMBERS = frozenset(text.casefold() for text in MISSING_TEXTS) | {"-", ".", "#na", "-nan"}
CLASS_NAMES = frozenset({"None"})
"""May also be the name of a class, such as that of patients without a disorder."""


def is_missing_text(text: str) -> bool:
    """Return whether a text from an untyped file, such as CSV, means a missing value."""
    return text.strip() in MISSING_TEXTS


def is_missing_number(text: str) -> bool:
    """Return whether a text means a missing value in a numeric column."""
    return text.strip().casefold() in MISSING_NUMBERS
