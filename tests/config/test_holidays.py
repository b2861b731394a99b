"""Holidays: dates of one year or of every year, in a list or a file."""

import pytest
from inference_exporter.config.file import load
from inference_exporter.config.holidays import parse_holiday, read_holidays
from inference_exporter.errors import ConfigError


@pytest.mark.parametrize("text", ["2026-12-25", "12-25", "02-29", "2028-02-29"])
def test_days_of_the_calendar_are_holidays(text):
    """A date is one day, a month and day are that day of every year."""
    assert parse_holiday(text) == text


@pytest.mark.parametrize("text", ["", "25.12.2026", "2026-02-29", "02-30", "13-01", "2026-1-1", "2026-12-25T00:00Z"])
def test_anything_else_is_refused(text):
    """What is not a day of the calendar is answered with what was expected."""
    with pytest.raises(ValueError, match="expected YYYY-MM-DD, or MM-DD for every year, got"):
        parse_holiday(text)


def test_a_file_names_days_with_or_without_names(tmp_path):
    """A line is a day and perhaps its name; comments, empty lines and a byte order mark do not matter."""
    path = tmp_path / "holidays.txt"
    path.write_bytes("\ufeff# of Germany\r\n2026-04-03 Good Friday\r\n\r\n12-25,Christmas # both\n".encode())
    assert read_holidays(path) == ("2026-04-03", "12-25")


def loaded(tmp_path, drift):
    path = tmp_path / "exporter.yml"
    path.write_text(f"models:\n  - drift:\n      holidays: {drift}\n", encoding="utf-8")
    return load(path).models[0].drift.holidays


def test_a_configuration_lists_them_or_names_a_file(tmp_path):
    """A list stands in the configuration, a file beside it."""
    (tmp_path / "days.txt").write_text("12-25\n12-26\n", encoding="utf-8")
    assert loaded(tmp_path, "[2026-12-25, 12-26]") == ("2026-12-25", "12-26")
    assert loaded(tmp_path, "days.txt") == ("12-25", "12-26")


@pytest.mark.parametrize(
    ("drift", "message"),
    [
        ("[25.12.]", "exporter.yml:3: models[0].drift.holidays[0]: expected YYYY-MM-DD, or MM-DD for every year, "
         "got '25.12.'"),
        ("missing.txt", "exporter.yml:3: models[0].drift.holidays: expected a list of dates or a file of them, got "
         "{folder}/missing.txt: No such file or directory"),
        ("days.txt", "days.txt:2: holidays: expected YYYY-MM-DD, or MM-DD for every year, got 'Christmas'"),
        ("latin.txt", "latin.txt: expected UTF-8 text, got byte 0xe4"),
    ],
    ids=["list", "no_file", "line", "encoding"],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_place(tmp_path, drift, message):
    """A mistake is answered with the file and line where it stands."""
    (tmp_path / "days.txt").write_text("12-25\nChristmas\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("12-25 Weihnächten\n".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, drift)
    assert str(caught.value) == f"{tmp_path}/{message.format(folder=tmp_path)}"
