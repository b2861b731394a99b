"""The page of formats names every format, and its examples do what it says."""

import json
import shlex

import orjson
import yaml
from inference_exporter.intake.http import PAIRING_BYTES, PAIRING_SECONDS
from inference_exporter.intake.payload_report import explained
from inference_exporter.payloads import PAYLOADS
from inference_exporter.payloads._answers import SUM_TOLERANCE

PAGE = "docs/formats.md"


def test_every_format_has_a_row(document):
    """Title and label value of each format stand in the table."""
    text = document(PAGE).path.read_text()
    assert [key for key, each in PAYLOADS.items() if f"| {each.title} | `{key}` |" not in text] == []


def test_bounds_are_those_of_the_code(document):
    """The page states how long halves wait, how much they may take, and how exact a sum of probabilities is."""
    text = document(PAGE).path.read_text()
    assert f"within {PAIRING_SECONDS:.0f} seconds" in text
    assert f"({PAIRING_BYTES // 1024**2} MB)" in text
    assert f"within {SUM_TOLERANCE}" in text


def test_the_first_example_is_accepted(document):
    """The body of the example gives the answer below it."""
    command, answer = document(PAGE).fences[:2]
    words = shlex.split(command.text)
    report = explained(words[words.index("--data-binary") + 1].encode(), {})
    [text] = [yaml.safe_load(each) for each in report.texts]
    assert json.loads(answer.text) == {"accepted": text["samples"], "rejected": report.rejected, "errors": []}


def test_the_second_example_waits(document):
    """The body of the example is recognised by its headers, and waits for its response."""
    words = shlex.split(next(each.text for each in document(PAGE).fences if "--header" in each.text))
    headers = [words[place + 1] for place, word in enumerate(words) if word == "--header"]
    pairs = {name.lower(): value.strip() for name, _, value in (header.partition(":") for header in headers)}
    [text] = explained(orjson.dumps(json.loads(words[1])), pairs).texts
    assert yaml.safe_load(text)["format"] == "kserve"
