"""Which texts mean that a value is missing."""

# As pandas, R, SQL dumps (\N), spreadsheets and the UCI repository (?) write them.
MISSING_TEXTS = frozenset({
    "", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "None", "<NA>", "<na>", "NaT", "#N/A", "?", "\\N",
})  # fmt: skip
# Where numbers are expected nothing else can be meant, however it is capitalised.
MISSING_NUMBERS = frozenset(text.casefold() for text in MISSING_TEXTS) | {"-", ".", "#na", "-nan"}
CLASS_NAMES = frozenset({"None"})
"""What may also be the name of a class, such as that of patients without a disorder."""


def is_missing_text(text: str) -> bool:
    """Tell whether a text of a file without types, such as CSV, stands for a missing value."""
    return text.strip() in MISSING_TEXTS


def is_missing_number(text: str) -> bool:
    """Tell whether a text stands for a missing value where a number is expected."""
    return text.strip().casefold() in MISSING_NUMBERS
