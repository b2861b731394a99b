"""Flags that several commands share."""

from argparse import ArgumentParser, _ArgumentGroup
from collections.abc import Sequence

from ..errors import ReferenceFault
from ..samples.batch import POSITIVE


def comma_list(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def add_output_flags(parser: ArgumentParser | _ArgumentGroup) -> None:
    """Add the flags of columns that come with a prediction and its scores."""
    parser.add_argument(
        "--intermediate-columns", type=comma_list, default=(), metavar="A,B",
        help="outputs of the components of an ensemble, or of stages: not features",
    )  # fmt: skip
    parser.add_argument("--action-column", metavar="NAME", help="what was done about the prediction: not a feature")


def columns_of_classes(texts: Sequence[str]) -> dict[str, str]:
    """Return the column of each class."""
    columns: dict[str, str] = {}
    for text in texts:
        name, equals, column = text.partition("=")
        # Without CLASS= the whole text is a column, the score of the
        # positive class, as in scikit-learn's binary models.
        key, column = (name, column) if equals else (POSITIVE, text)
        if key in columns:
            raise ReferenceFault(f"--score-column: expected one column per class, got {columns[key]!r} and {column!r}")
        columns[key] = column
    return columns
