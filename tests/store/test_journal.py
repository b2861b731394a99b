"""The journal: what `append` returned for is on file, in order, whatever happens to the process or the disk."""

import sqlite3
import threading

import pytest
from inference_exporter.errors import StoreFault
from inference_exporter.store.database import VERSION
from inference_exporter.store.journal import BODY, LOOK, Entry, Journal

SIZE = 64 * 1024**2


def opened(folder, **settings):
    journal = Journal(folder / "journal.db", **{"sync": False, "size_at_most": SIZE, **settings})
    journal.open(0)
    return journal


def entry(number):
    return Entry(BODY, float(number), {"PATH_INFO": "/v1/samples"}, b"body %d" % number)


@pytest.mark.parametrize("sync", [False, True], ids=["journal", "sync"])
def test_entries_come_back_in_order(tmp_path, sync):
    """A journal that was never closed has all entries, with their times, heads and bodies."""
    journal = opened(tmp_path, sync=sync)
    assert [journal.append(entry(number)) for number in range(1, 4)] == [1, 2, 3]
    assert list(opened(tmp_path).after(1)) == [(2, entry(2)), (3, entry(3))]


def test_threads_share_transactions(tmp_path):
    """Concurrent entries get different numbers, and each is written once."""
    journal, numbers = opened(tmp_path), []

    def write(first):
        numbers.extend(journal.append(entry(first + row)) for row in range(50))

    threads = [threading.Thread(target=write, args=(1000 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 201))
    assert len({content.body for _, content in journal.after(0)}) == 200


def test_notes_are_written_with_the_next_entry(tmp_path):
    """A note waits for no disk, and is numbered when it is written."""
    journal, numbered = opened(tmp_path), []
    journal.note(Entry(LOOK, 1.0, {}), numbered.append)
    assert numbered == []
    assert journal.append(entry(2)) == 2
    assert numbered == [1]
    journal.note(Entry(LOOK, 3.0, {}), numbered.append)
    journal.flush()
    assert numbered == [1, 3]


def test_numbers_go_on_after_pruning(tmp_path):
    """A journal whose entries are all in a snapshot continues after it."""
    journal = opened(tmp_path)
    journal.append(entry(1))
    journal.prune(1)
    again = Journal(tmp_path / "journal.db", sync=False, size_at_most=SIZE)
    again.open(1)
    assert again.append(entry(2)) == 2


class Failing:
    """A database that fails as a broken disk does."""

    def __init__(self, database):
        self._database = database

    def __enter__(self):
        raise sqlite3.OperationalError("disk I/O error")

    def __exit__(self, *_):
        pass

    def close(self):
        self._database.close()


def test_a_broken_disk_refuses_and_recovers(tmp_path, monkeypatch):
    """What cannot be written raises, and the journal works again once the disk does."""
    monkeypatch.setattr("inference_exporter.store.journal.RETRY_SECONDS", 0.0)
    journal = opened(tmp_path)
    journal._database = Failing(journal._database)
    with pytest.raises(StoreFault, match="disk I/O error"):
        journal.append(entry(1))
    assert (journal.statistics.failed, journal.statistics.fault != "") == (1, True)
    assert journal.append(entry(2)) == 1
    assert journal.statistics.fault == ""


def test_what_was_refused_is_not_replayed(tmp_path, monkeypatch):
    """An entry that reached the disk although its transaction was reported as failed does not come back."""
    monkeypatch.setattr("inference_exporter.store.journal.RETRY_SECONDS", 0.0)
    journal = opened(tmp_path)
    journal.append(entry(1))
    with journal._database as database:
        database.execute("INSERT INTO journal VALUES (2, 'body', 1.0, x'7b7d', x'', 0)")
    journal._database = Failing(journal._database)
    with pytest.raises(StoreFault):
        journal.append(entry(2))
    assert journal.append(entry(3)) == 2
    assert [content for _, content in opened(tmp_path).after(0)] == [entry(1), entry(3)]


def test_a_broken_disk_may_degrade(tmp_path):
    """With `degrade`, what cannot be written gets a number and is counted as unwritten."""
    journal = opened(tmp_path, degrade=True)
    journal._database = Failing(journal._database)
    assert [journal.append(entry(1)), journal.append(entry(2))] == [1, 2]
    assert journal.statistics.unwritten == 2


def test_a_full_journal_refuses_until_it_is_pruned(tmp_path):
    """Beyond its size a journal refuses entries; a snapshot makes room."""
    journal = opened(tmp_path, size_at_most=200_000)
    for number in range(40):
        journal.append(Entry(BODY, 1.0, {}, bytes(range(256)) * 64 + str(number).encode()))
        journal.append(Entry(BODY, 1.0, {}, random_bytes(8192, number)))
    journal.check_size()
    with pytest.raises(StoreFault, match=r"storage\.max_size"):
        journal.append(entry(1))
    journal.prune(journal.last)
    journal.check_size()
    journal.append(entry(2))


def random_bytes(size, seed):
    """Return bytes that do not compress."""
    import random

    return random.Random(seed).randbytes(size)


def test_a_damaged_entry_costs_itself(tmp_path, caplog):
    """An entry whose bytes changed on disk is left out and logged; the others are read."""
    journal = opened(tmp_path)
    for number in range(1, 4):
        journal.append(entry(number))
    with journal._database as database:
        database.execute("UPDATE journal SET body = x'00' WHERE seq = 2")
    assert [number for number, _ in journal.after(0)] == [1, 3]
    assert "entry 2 is damaged" in caplog.text


def test_a_newer_version_is_refused(tmp_path):
    """A journal of a newer release is refused in words, not overwritten."""
    journal = opened(tmp_path)
    journal._database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreFault, match="was written by a newer release"):
        opened(tmp_path)


def test_a_torn_end_is_cut_and_counted(tmp_path):
    """Half a transaction at the end of the log is reported; what was acknowledged before it is there."""
    journal = opened(tmp_path)
    for number in range(1, 4):
        journal.append(entry(number))
    log = tmp_path / "journal.db-wal"
    whole = log.read_bytes()
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "journal.db").write_bytes((tmp_path / "journal.db").read_bytes())
    (torn / "journal.db-wal").write_bytes(whole + whole[-4120:][:1000])
    again = opened(torn)
    assert [number for number, _ in again.after(0)] == [1, 2, 3]
    assert again.statistics.torn_bytes == 1000
