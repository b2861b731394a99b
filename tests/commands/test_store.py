"""``inference-exporter store``: what is in a folder, what is damaged, and what may go."""

import json

import pytest
from inference_exporter.cli import main
from inference_exporter.store.journal import BODY, Entry, Journal
from inference_exporter.store.snapshots import Snapshot, Snapshots


@pytest.fixture
def folder(tmp_path):
    """Return a folder with four entries, and snapshots after the second and third."""
    journal = Journal(tmp_path / "journal.db", sync=False, size_at_most=2**30)
    journal.open(0)
    for number, body in enumerate([b"[]", b"[1]", b"\xff", b"[3]"], start=1):
        journal.append(Entry(BODY, 1.8e9 + number, {"PATH_INFO": "/v1/samples"}, body))
    journal.close()
    snapshots = Snapshots(tmp_path, sync=False)
    for seq in (2, 3):
        snapshots.write(Snapshot(seq, {}, {}, []))
    return tmp_path


def test_stats(folder, capsys):
    """It prints entries with their times, and snapshots."""
    assert main(["store", "stats", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "journal: 4 entries" in printed
    assert "entries 1 to 4, 2027-01-15T08:00:01+00:00 to 2027-01-15T08:00:04+00:00" in printed
    assert "snapshot: after entry 3" in printed


def test_verify_finds_nothing_in_a_whole_folder(folder, capsys):
    """A whole folder exits 0."""
    assert main(["store", "verify", str(folder)]) == 0
    assert "every entry and snapshot is whole" in capsys.readouterr().out


def test_verify_names_what_is_damaged(folder, capsys):
    """A damaged entry and a damaged snapshot are named, and the exit code is 1."""
    journal = Journal(folder / "journal.db", sync=False, size_at_most=2**30)
    journal.open(0)
    with journal._database as database:
        database.execute("UPDATE journal SET body = x'00' WHERE seq = 2")
    newest = Snapshots(folder, sync=False).paths()[0]
    newest.write_bytes(newest.read_bytes()[:-3])
    assert main(["store", "verify", str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "entry 2 is damaged" in printed
    assert newest.name in printed


def test_export(folder, capsysbinary):
    """Every entry is an object on a line; a body that is not text is in base64."""
    assert main(["store", "export", str(folder)]) == 0
    rows = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [row.get("body") for row in rows] == ["[]", "[1]", None, "[3]"]
    assert rows[2]["body_base64"] == "/w=="
    assert rows[0]["head"] == {"PATH_INFO": "/v1/samples"}


def test_prune_keeps_what_the_older_snapshot_lacks(folder, capsys):
    """What both kept snapshots contain goes; the rest stays."""
    assert main(["store", "prune", str(folder)]) == 0
    assert "2 entries deleted" in capsys.readouterr().out
    assert main(["store", "stats", str(folder)]) == 0
    assert "journal: 2 entries" in capsys.readouterr().out


def test_migrate(folder, capsys):
    """A folder of this version stays as it is."""
    assert main(["store", "migrate", str(folder)]) == 0
    assert "version 1" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["verify", "stats", "export", "migrate"])
def test_a_folder_without_a_journal(tmp_path, capsys, action):
    """A folder without a journal is a mistake in words."""
    assert main(["store", action, str(tmp_path)]) == 2
    assert "expected a journal, found none" in capsys.readouterr().err
