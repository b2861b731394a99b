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


@pytest.fixture
def stored(sidecar, tmp_path):
    """Return the folder of a sidecar with predictions of two models, some with an outcome."""
    from inference_exporter.config.schema import Config, EvaluationConfig, StorageConfig

    config = Config(storage=StorageConfig(path=tmp_path), evaluation=EvaluationConfig(features=("age", "city")))
    running = sidecar(config)
    sample = {"model": "fraud", "version": "1", "prediction": "no", "scores": {"yes": 0.25}, "tags": {"region": "eu"}}
    features = {"age": 31, "city": "Rome", "secret": "x"}
    samples = [{**sample, "id": f"r{row}", "time": 1_768_464_000 + row, "features": features} for row in range(2000)]
    assert running.samples(samples).status == 200
    running.samples([{"id": "other", "model": "price", "version": "2", "features": {"age": 1.5}, "prediction": 7.5}])
    running.outcomes([{"id": "r3", "outcome": "yes", "time": 1_768_467_600}, {"id": "r3", "outcome": "no"}])
    running.application._durable.take_snapshot()
    return tmp_path


def test_predictions_are_exported_as_ndjson(stored, capsys):
    """Each prediction is an object with what is stored of it, and its last outcome."""
    assert main(["store", "export", str(stored), "--predictions"]) == 0
    rows = {row["id"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert len(rows) == 2001
    assert rows["r3"].pop("outcome_time")
    assert rows["r3"] == {
        "id": "r3", "time": "2026-01-15T08:00:03+00:00", "model": "fraud", "version": "1", "variant": "champion",
        "prediction": "no", "scores.yes": 0.25, "tags.region": "eu", "features.age": 31, "features.city": "Rome",
        "outcome": "no",
    }  # fmt: skip
    assert "outcome" not in rows["r4"]
    assert rows["other"]["prediction"] == 7.5


def test_predictions_are_exported_as_csv_and_parquet(stored, tmp_path):
    """CSV and Parquet have a row a prediction, and one column a field; numbers stay numbers where all are."""
    import csv
    from datetime import UTC, datetime

    import pyarrow.parquet

    for form in ("csv", "parquet"):
        out = tmp_path / f"out.{form}"
        flags = ["--predictions", "--format", form, "--out", str(out), "--model", "fraud"]
        assert main(["store", "export", str(stored), *flags]) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert len(rows) == len(table) == 2000
    assert [row["id"] for row in rows] == [row["id"] for row in table]
    assert (rows[3]["outcome"], rows[4]["outcome"], rows[3]["scores.yes"]) == ("no", "", "0.25")
    assert (table[3]["outcome"], table[4]["outcome"], table[3]["features.age"]) == ("no", None, 31.0)
    assert table[3]["time"] == datetime(2026, 1, 15, 8, 0, 3, tzinfo=UTC)


def test_the_evaluation_store_is_verified_and_counted(stored, capsys):
    """`stats` counts predictions and outcomes, `verify` names a damaged block, and an export leaves it out."""
    from inference_exporter.evaluation import database

    assert main(["store", "verify", str(stored)]) == 0
    assert main(["store", "stats", str(stored)]) == 0
    assert "evaluation: 2001 predictions, 1 outcomes" in capsys.readouterr().out
    with database.opened(stored / database.NAME) as file:
        file.execute("UPDATE content SET data = x'00' WHERE id = (SELECT min(id) FROM content)")
    file.close()
    assert main(["store", "verify", str(stored)]) == 1
    assert "block 16 is damaged" in capsys.readouterr().out
    assert main(["store", "export", str(stored), "--predictions"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_is_set_aside_is_shown_and_stays_until_it_is_discarded(folder, capsys):
    """It survives pruning, is named by its number, and goes when one has looked at it."""
    journal = Journal(folder / "journal.db", sync=False, size_at_most=2**30)
    journal.open(0)
    journal.set_aside(1)
    journal.close()
    for action, printed in [("stats", "1 set aside, not counted: 1"), ("prune", "1 entries deleted"),
                            ("export", '"kind":"aside-body"'), ("discard", "1 entries deleted")]:  # fmt: skip
        assert main(["store", action, str(folder)]) == 0
        assert printed in capsys.readouterr().out
    assert main(["store", "stats", str(folder)]) == 0
    assert "set aside" not in capsys.readouterr().out
