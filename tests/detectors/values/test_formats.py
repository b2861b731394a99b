"""Formats of text columns."""

import datetime
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.values.formats import LEAST_VALUES, learned_format

N = 200
DAY = datetime.date(2026, 1, 1)
COLUMNS = {
    "uuid": [str(uuid.UUID(int=i * 7919)) for i in range(N)],
    "email": [f"user.{i}@example.org" for i in range(N)],
    "url": [f"https://example.org/{i}" for i in range(N)],
    "ip_address": [f"10.0.{i}.1" for i in range(N)],
    "date": [str(DAY + datetime.timedelta(i)) for i in range(N)],
    "timestamp": [f"2026-01-01T00:{i % 60:02d}:00Z" for i in range(N)],
    "day_first_date": [f"{1 + i % 28}.{1 + i % 12}.2026" for i in range(N)],
    "month": [f"2026-{1 + i % 12:02d}" for i in range(N)],
    "time": [f"{i % 24:02d}:15" for i in range(N)],
    "digits_5": [f"{i:05d}" for i in range(N)],
    "digits": [str(i) for i in range(N)],
    "capitals_3": [f"{chr(65 + i % 26)}{chr(65 + i % 7)}X" for i in range(N)],
    "code_4": [f"A{i % 10}B{i % 9}" for i in range(N)],
    "number": [f"{i / 8}" for i in range(N)],
    "word": [("Straße", "rue", "via")[i % 3] for i in range(N)],
    "identifier": [f"item-{i}" for i in range(N)],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_narrowest_format_is_learned(name):
    """Each kind of column gets the narrowest format that fits."""
    form = learned_format(COLUMNS[name])
    assert form is not None and form.name == name


@pytest.mark.parametrize("name", COLUMNS)
def test_a_few_others_are_no_hindrance(name):
    """One deviating value in 200 does not hide the format; ten do."""
    odd = "n / a !"
    assert learned_format([*COLUMNS[name], odd]).name == name
    wider = learned_format([*COLUMNS[name], *[odd] * 10])
    assert wider is None or wider.name != name


def test_sentences_have_none():
    """Free text has no format, and neither have few values."""
    assert learned_format([f"a sentence, number {i}!" for i in range(N)]) is None
    assert learned_format(COLUMNS["date"][: LEAST_VALUES - 1]) is None


@given(st.lists(st.text(min_size=1), min_size=LEAST_VALUES, max_size=80))
def test_what_was_learned_nearly_all_have(texts):
    """At least 99.5 % of the texts match a learned format."""
    form = learned_format(texts)
    if form is not None:
        assert sum(re.fullmatch(form.pattern, text) is not None for text in texts) >= 0.995 * len(texts)
