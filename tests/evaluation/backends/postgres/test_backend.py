"""The PostgreSQL backend: replicas find each other's predictions, and each outcome is claimed once."""

import csv
import threading

import numpy as np
import psycopg
import pytest
from inference_exporter.cli import main
from inference_exporter.errors import StoreFault
from inference_exporter.evaluation.backends import BACKENDS
from inference_exporter.evaluation.backends._base import Place
from inference_exporter.evaluation.backends.postgres import claims
from inference_exporter.evaluation.outcome_texts import read, written
from inference_exporter.evaluation.retention import Limits
from inference_exporter.evaluation.store import EvaluationStore
from inference_exporter.samples.batch import ModelKey

KEY = ModelKey("fraud \0 é", "1", "champion")
NOW = 1_800_000_000.0
EVERYTHING = Limits(1e9, 1 << 40)


class Wall:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def make(tmp_path, url):
    """Return a function that starts a replica."""
    opened = []

    def start(name="a", entry=0, limits=EVERYTHING, clock=None):
        backend = BACKENDS["postgresql"].make(Place(tmp_path / name, url=url), limits)
        (tmp_path / name).mkdir(exist_ok=True)
        store = EvaluationStore(backend, clock=clock or Wall())
        store.open(entry)
        opened.append(store)
        return store

    yield start
    for store in opened:
        store.close()


def add(store, start, number, at=0.0):
    rows = np.arange(start, start + number)
    columns = {
        "time": NOW + at + rows,
        "prediction": ["yes"] * number,
        "scores.yes": rows / 1e6,
        "features.a": rows * 2.0,
    }
    store.add(KEY, [f"r{row}" for row in rows], columns)
    store.boundary(store.entry)
    assert store.flush()


def claim(store, rows, value="no", entry=None, at=100.0):
    """Claim an outcome of some predictions; returns what was known before."""
    store.entry = store.entry + 1 if entry is None else entry
    rows = np.array(rows)
    times = NOW + at + rows
    values = [written(value)] * len(rows)
    earlier = store.claim(KEY, [f"r{row}" for row in rows], NOW + rows, values, times, times)
    return earlier and [None if known is None else read(known) for known in earlier.values]


def test_a_replica_finds_what_another_wrote(make):
    """Predictions are found by any replica, with what joins need, and as a whole by their id."""
    first, second = make("a"), make("b")
    add(first, 0, 20_000)
    add(second, 20_000, 10)
    found = second.find(KEY, ["r7", "r7", "r19999", "r20003", "other"])
    assert sorted(zip(found.rows.tolist(), (found.times - NOW).tolist(), strict=True)) == [
        (0, 7), (1, 7), (2, 19_999), (3, 20_003),
    ]  # fmt: skip
    assert sorted(found.scores["yes"].tolist()) == [7e-6, 7e-6, 0.019999, 0.020003]
    assert claim(second, [7], "no") == [None]
    about = first.about(KEY, "r7")
    assert (about["prediction"], about["features"], about["outcome"]) == ("yes", {"a": 14.0}, "no")
    assert first.about(KEY, "other") is None
    first.tend()
    assert first.state.rows == 20_010
    assert list(first.keys) == [KEY]
    assert first.state.size > 0


def test_each_outcome_is_claimed_once(make):
    """Of replicas that claim the same outcomes at once, exactly one learns that each is new."""
    stores = [make(name) for name in "abc"]
    new = []

    def work(store, seed):
        rows = np.random.default_rng(seed).permutation(2000)
        for part in np.array_split(rows, 10):
            new.append(sum(known is None for known in claim(store, part)))

    threads = [threading.Thread(target=work, args=(store, seed)) for seed, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(new) == 30
    assert sum(new) == 2000


def test_a_correction_changes_its_holder_alone(make):
    """The replica that counted an outcome undoes it for a correction; at another one nothing is counted."""
    first, second = make("a"), make("b")
    add(first, 0, 1)
    assert claim(first, [0], 1) == [None]
    assert claim(second, [0], 1.0) == [1]  # known
    assert claim(second, [0], 2) == [2]  # kept, but counts nowhere
    assert claim(first, [0], 3) == [1]  # its windows have 1
    assert claim(first, [0], 3) == [3]
    assert [each["outcome"] for each in second.about(KEY, "r0")["outcomes"]] == [1, 2, 3]


def test_a_claim_before_a_crash_is_repeated(make):
    """A replica that crashed before it counted gets the same answers again, whatever came from others meanwhile."""
    first, second = make("a"), make("b")
    assert claim(first, [0, 1], "x", entry=5) == [None, None]
    assert claim(first, [0], "x", entry=6) == ["x"]
    assert claim(first, [0], "y", entry=7) == ["x"]
    assert claim(second, [0, 1], "z") == ["z", "z"]
    first.close()
    again = make("a", entry=5)
    assert claim(again, [1], "x", entry=8) == ["x"]  # of an entry that the snapshot holds
    assert claim(again, [0], "y", entry=7) == ["x"]
    assert claim(again, [0], "x", entry=6) == ["x"]
    assert claim(again, [0], "y", entry=9) == ["y"]


def test_a_claim_without_an_answer_is_repeated(make, monkeypatch):
    """If the connection breaks while a claim is committed, the next attempt counts it, even after a restart."""
    monkeypatch.setattr("inference_exporter.evaluation.backends.postgres.backend.SHORTEST_PAUSE_SECONDS", 60.0)
    store = make()
    for entry, restarts in ((1, False), (2, True)):
        with monkeypatch.context() as broken:
            broken.setattr(claims, "claim", _committed_without_answer(claims.claim))
            assert claim(store, [entry], entry=entry) is None
        assert claim(store, [entry], entry=entry) is None  # not at once again
        if restarts:
            store.close()
            store = make(entry=entry)
        store._backend._quiet_until = 0.0
        assert claim(store, [entry], entry=entry + 10) == [None]
        assert claim(store, [entry], entry=entry + 20) == ["no"]


def _committed_without_answer(real):
    def claim(*arguments, **options):
        real(*arguments, **options)
        raise psycopg.OperationalError("the connection is lost")

    return claim


def test_a_start_gives_up_what_its_journal_repeats(make):
    """Blocks of a replica behind its snapshot are deleted; those of others stay."""
    first, second = make("a"), make("b")
    add(first, 0, 10)
    first.entry = 4
    add(first, 10, 10)
    add(first, 20, 10)
    add(second, 30, 10)
    first.close()
    again = make("a", entry=4)
    assert sorted(again.find(KEY, [f"r{row}" for row in range(40)]).rows.tolist()) == [*range(20), *range(30, 40)]


def test_blocks_that_are_sent_twice_are_stored_once(make):
    """A block whose COMMIT was answered too late is sent again, and stored once."""
    first = make()
    first.add(KEY, ["r1"], {"time": np.array([NOW]), "prediction": ["yes"]})
    first.boundary(1)
    sealed = list(first._sealed)
    assert first.flush()
    first._backend.write(sealed, NOW)
    assert first._backend.counts() == (1, 1)
    assert len(first.find(KEY, ["r1"]).rows) == 1


def test_old_blocks_are_deleted_with_their_outcomes(make):
    """Blocks older than the retention go, and outcomes of their time."""
    wall = Wall()
    store = make(limits=Limits(3600, 1 << 40), clock=wall)
    for start, wall.now in ((0, NOW), (10, NOW + 1800), (20, NOW + 8000)):
        add(store, start, 10)
        claim(store, [start])
    wall.now = NOW + 9000
    store.tend()
    assert (store.state.deleted, store.state.rows) == (20, 10)
    assert store.find(KEY, ["r5", "r15", "r25"]).rows.tolist() == [2]
    rows = store._backend.writer.execute("SELECT count(*) FROM outcome").fetchone()
    assert rows == (1,)


def test_the_database_stays_below_its_size(make):
    """Beyond the largest size the oldest blocks go."""
    store = make(limits=Limits(1e9, 2_000_000))
    for start in range(0, 40_960, 8192):
        add(store, start, 8192)
    store.tend()
    assert store.find(KEY, ["r0", "r40959"]).rows.tolist() == [1]
    assert 8192 <= store.state.rows < 40_960


def test_rows_that_fill_no_block_are_written_soon(make):
    """Another replica finds a single prediction without a snapshot."""
    first, second = make("a"), make("b")
    first.start()
    first.add(KEY, ["r1"], {"time": np.array([NOW]), "prediction": ["yes"]})
    with first._changed:
        assert first._changed.wait_for(lambda: first.state.written, 30)
    assert len(second.find(KEY, ["r1"]).rows) == 1


def test_a_newer_database_is_refused(make):
    """The sidecar does not write into tables that it does not understand."""
    first = make()
    first._backend.writer.execute("UPDATE head SET version = 99")
    with pytest.raises(StoreFault, match="version 99 was written by a newer release"):
        make("b")


def test_damaged_notes_are_refused(make, tmp_path):
    """Without its number, a replica would count its outcomes again: the start says so."""
    make().close()
    (tmp_path / "a" / "evaluation-replica.json").write_text("{}")
    with pytest.raises(StoreFault, match=r"evaluation-replica\.json: damaged"):
        make()


def test_a_password_stays_in_its_file(tmp_path):
    """The password is in no message; without a database nothing is found, nothing raises, and the state says so."""
    (tmp_path / "password").write_text("geheim\n")
    place = Place(tmp_path, url="postgresql://exporter@127.0.0.1:1/fleet", password_file=tmp_path / "password")
    store = EvaluationStore(BACKENDS["postgresql"].make(place, EVERYTHING))
    store.open(0)
    assert (store.state.is_writable, store.state.failures) == (False, 1)
    assert "geheim" not in store._fault
    assert store.find(KEY, ["r1"]) is None
    assert store.claim(KEY, ["r1"], np.zeros(1), [b"1"], np.zeros(1), np.zeros(1)) is None


def test_commands_take_the_url(make, url, capsys, tmp_path):
    """The database is shown, checked, exported, migrated and shrunk as a file is; what is damaged is named."""
    store = make()
    add(store, 0, 10)
    claim(store, [3], "no")
    claim(store, [3], "yes")
    assert main(["store", "stats", url]) == 0
    assert "10 predictions, 2 outcomes" in capsys.readouterr().out
    assert [main(["store", action, url]) for action in ("verify", "prune", "migrate")] == [0, 0, 0]
    assert main(["store", "export", url, "--format=csv", f"--out={tmp_path / 'all.csv'}"]) == 0
    rows = list(csv.DictReader((tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["outcome"] for row in rows] == ["", "", "", "yes", *[""] * 6]
    assert [row["features.a"] for row in rows[:2]] == ["0.0", "2.0"]
    store._backend.writer.execute("UPDATE content SET data = '\\x00' WHERE part = 1")
    assert main(["store", "verify", url]) == 1
    assert main(["store", "discard", url]) == 2
    assert main(["store", "stats", "postgresql://exporter:geheim@/x"]) == 2
    assert "geheim" not in capsys.readouterr().err
