"""The file beside the journal knows of which entry the process before died, and how often."""

import pytest
from inference_exporter.store.counting import Counting


@pytest.fixture
def processes(tmp_path):
    """Return a function that starts another process, of which only the file is left of the one before."""
    opened = []

    def start(after=0):
        opened.append(Counting(tmp_path / "counting"))
        return opened[-1], opened[-1].open(after)

    yield start
    for counting in opened:
        counting.close()


def die_of(counting, number):
    """Leave the file as a process does that is killed while it counts an entry."""
    counting._note(number)


def test_nothing_is_suspected_at_first(processes):
    """A first start, and one after a process that was killed between two entries, know of no death."""
    counting, deaths = processes()
    assert deaths == {}
    with counting.of(1):
        pass
    assert processes()[1] == {}


def test_deaths_are_counted_by_entry(processes):
    """Each death during an entry counts, also if another one comes in between."""
    for number in (5, 3, 5):
        die_of(processes()[0], number)
    counting, deaths = processes()
    assert deaths == {3: 1, 5: 2}
    with counting.of(5):
        pass
    assert processes()[1] == {3: 1}


def test_one_that_is_counted_is_cleared(processes):
    """An exception is not a death: the entry is over."""
    die_of(processes()[0], 7)
    counting, _ = processes()
    with pytest.raises(ValueError, match="bug"), counting.of(7):
        raise ValueError("bug")
    assert processes()[1] == {}


def test_entries_in_a_snapshot_are_forgotten(processes):
    """An entry that will not be replayed is not suspected any more."""
    die_of(processes()[0], 7)
    assert processes(after=7)[1] == {}
    assert processes()[1] == {}


def test_suspects_are_bounded(processes):
    """However many entries processes die of, the file keeps its size."""
    for number in range(1, 50):
        die_of(processes()[0], number)
    assert len(processes()[1]) == 32


def test_a_file_that_is_cut_or_empty(tmp_path, processes):
    """What is missing of the file counts as no death."""
    (tmp_path / "counting").write_bytes(b"\x05")
    assert processes()[1] == {5: 1}
