"""Entries that are set aside stay in the journal, within bounds, and their bodies are known again."""

import pytest
from inference_exporter.store import aside
from inference_exporter.store.aside import SameBodies
from inference_exporter.store.journal import BODY, BODY_ASIDE, Entry, Journal


@pytest.fixture
def journal(tmp_path):
    """Return a journal with five entries."""
    journal = Journal(tmp_path / "journal.db", sync=False, size_at_most=64 * 1024**2)
    journal.open(0)
    for number in range(1, 6):
        journal.append(Entry(BODY, float(number), {"PATH_INFO": "/"}, b"body %d" % number))
    yield journal
    journal.close()


def test_one_is_marked_and_kept(journal):
    """It keeps its number and its body, also when the entries around it are deleted."""
    journal.set_aside(3)
    journal.prune(5)
    [(number, entry)] = journal.after(0)
    assert (number, entry.kind, entry.body) == (3, BODY_ASIDE, b"body 3")
    assert list(journal.all_aside()) == [entry]
    assert journal.append(Entry(BODY, 6.0, {})) == 6


def test_twice_is_once(journal):
    """One that is set aside already stays as it is; one that does not exist is ignored."""
    for number in (3, 3, 99):
        journal.set_aside(number)
    assert [entry.kind for entry in journal.all_aside()] == [BODY_ASIDE]


def test_their_number_is_bounded(journal, monkeypatch):
    """The oldest go first."""
    monkeypatch.setattr(aside, "ENTRIES_AT_MOST", 2)
    for number in (1, 4, 5):
        journal.set_aside(number)
    assert [entry.body for entry in journal.all_aside()] == [b"body 4", b"body 5"]


def test_their_size_is_bounded(journal, monkeypatch):
    """The newest one is kept whatever its size."""
    monkeypatch.setattr(aside, "SHARE_OF_SIZE", 0.0)
    for number in (1, 4):
        journal.set_aside(number)
    assert [entry.body for entry in journal.all_aside()] == [b"body 4"]


def test_the_same_body_on_the_same_path():
    """Only the same bytes on the same path are the same body."""
    same = SameBodies([("/", b"abc")])
    assert same.has("/", b"abc")
    assert not any(same.has(path, body) for path, body in [("/", b"abd"), ("/", b"ab"), ("/v1/samples", b"abc")])
    assert not SameBodies([]).has("/", b"")
