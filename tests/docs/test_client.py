"""docs/client.md agrees with the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from inference_exporter.client import Options, Statistics
from inference_exporter.client.statistics import REASONS

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/client.md").read_text()
CLIENT = REPOSITORY / "exporter/inference_exporter/client"


def rows(heading):
    """Return the names in the first column of a section's table."""
    section = re.split(r"^##+ ", PAGE.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_every_option_is_documented():
    """The table of options has each option, in the order of the code."""
    assert rows("Options") == [field.name for field in fields(Options)]


def test_every_statistic_is_documented():
    """The table of statistics has each field, except for outcomes and events, which repeat them."""
    assert set(rows("Statistics")) == {field.name for field in fields(Statistics)} - {"outcomes", "events"}


def test_every_reason_is_documented():
    """The table has each reason under which messages are dropped, and the code uses no other."""
    assert rows("Reasons") == list(REASONS)
    code = "\n".join(path.read_text() for path in CLIENT.glob("*.py"))
    used = set(re.findall(r'(?:drop|give_up|shut|abandon)\(\s*"(\w+)"', code))
    used |= set(re.findall(r'refusal(?:: str)? = "(\w+)"', code))
    assert used <= set(REASONS)


@pytest.mark.parametrize("name", ["queue_samples", "batch_samples"])
def test_defaults_are_those_of_the_code(name):
    """The counts in the table are the defaults."""
    default = re.search(rf"^\| `{name}` \| ([\d,]+) \|", PAGE, re.MULTILINE)
    assert int(default[1].replace(",", "")) == getattr(Options(), name)
