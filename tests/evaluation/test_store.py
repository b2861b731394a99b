"""The evaluation store: what is written is found, once, whatever happens to the process or the disk."""

import sqlite3
import time
from types import SimpleNamespace

import numpy as np
import pytest
from inference_exporter.errors import StoreFault
from inference_exporter.evaluation import blocks, index
from inference_exporter.evaluation.backends.sqlite import SqliteBackend
from inference_exporter.evaluation.database import NAME
from inference_exporter.evaluation.retention import Limits
from inference_exporter.evaluation.store import EvaluationStore
from inference_exporter.samples.batch import ModelKey

KEY = ModelKey("fraud", "1", "champion")
OTHER = ModelKey("fraud", "1", "shadow")
NOW = 1_800_000_000.0
EVERYTHING = Limits(1e9, 1 << 40)


class Wall:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def make(tmp_path):
    """Return a function that opens the store of the test."""
    opened = []

    def open_one(limits=EVERYTHING, entry=0, clock=None):
        store = EvaluationStore(SqliteBackend(tmp_path / NAME, limits), clock=clock or Wall())
        store.open(entry)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


def add(store, start, number, key=KEY, prediction="yes"):
    rows = np.arange(start, start + number)
    columns = {"time": NOW + rows, "prediction": [prediction] * number, "scores.yes": rows / 1e6}
    store.add(key, [f"r{row}" for row in rows], columns)


def join(store, start, number, value="no", key=KEY):
    rows = np.arange(start, start + number)
    times = NOW + 100 + rows
    columns = {"outcome": [value] * number, "time": times, "joined": times, "predicted": NOW + rows}
    store.add_outcomes(key, [f"r{row}" for row in rows], columns)


def found(store, rows, key=KEY):
    """Return what is known by row: time, prediction, score and outcome."""
    names = [f"r{row}" for row in rows]
    result = store.find(key, names)
    times, scores = result.times.tolist(), result.scores.get("yes", np.zeros(len(result.rows))).tolist()
    known = zip(result.rows.tolist(), times, result.prediction, scores, result.outcome, strict=True)
    return {rows[row]: (time - NOW, prediction, score, outcome) for row, time, prediction, score, outcome in known}


@pytest.mark.parametrize("is_written", [False, True], ids=["waiting", "written"])
def test_predictions_are_found_with_their_outcome(make, is_written):
    """Rows are found by id, of their own model alone, whether a block has them or they wait for one."""
    store = make()
    add(store, 0, 30_000)
    add(store, 5, 1, OTHER, "no")
    join(store, 10, 5)
    if is_written:
        store.boundary(1)
        assert store.flush()
    expected = {7: (7, "yes", 7e-6, None), 12: (12, "yes", 12e-6, "no"), 29_999: (29_999, "yes", 0.029999, None)}
    assert found(store, [7, 12, 29_999, 30_000, -1]) == expected
    assert found(store, [5, 6], OTHER) == {5: (5, "no", 5e-6, None)}


def test_many_small_writes_are_merged_and_all_are_found(make):
    """However many blocks there are, the index has few runs, and every row is found."""
    store = make()
    for start in range(0, 3000, 30):
        add(store, start, 30)
        store.boundary(start)
        store.flush()
        store.tend()
    assert len(index.runs_of(store._backend.writer)) < 20
    assert sorted(found(store, list(range(3000)))) == list(range(3000))


def test_the_last_prediction_and_the_last_outcome_of_an_id_count(make):
    """A repeated id hides the earlier prediction with its outcome; a correction hides the earlier outcome."""
    store = make()
    add(store, 1, 1)
    join(store, 1, 1, "no")
    store.boundary(1)
    join(store, 1, 1, "yes")
    store.flush()
    assert found(store, [1]) == {1: (1, "yes", 1e-6, "yes")}
    store.add(KEY, ["r1"], {"time": np.array([NOW + 50]), "prediction": ["no"]})
    assert found(store, [1])[1][::3] == (50, None)
    store.boundary(2)
    store.flush()
    assert found(store, [1])[1][::3] == (50, None)


def test_a_start_forgets_what_the_journal_will_repeat(make):
    """Rows behind the restored snapshot are deleted; those before it stay, and numbers of blocks are never reused."""
    store = make()
    add(store, 0, 10)
    store.boundary(3)  # a snapshot after entry 3
    add(store, 10, 10_000)  # fills a block by itself
    store.boundary(9)
    add(store, 20_000, 5)
    store.flush()
    for entry, rows in ((9, [0, 15]), (3, [0]), (0, [])):
        again = make(entry=entry)
        assert sorted(found(again, [0, 15, 20_001])) == rows
        add(again, 20_001, 1)
        again.boundary(entry)
        assert again.flush()
        assert found(again, [20_001])[20_001][0] == 20_001


def test_runs_of_forgotten_blocks_alone_are_merged(make):
    """Four runs of the index whose blocks a start has deleted become one without entries; writing goes on."""
    store = make()
    add(store, 0, 100)
    store.boundary(1)
    assert store.flush()
    for number in range(index.FANOUT):
        add(store, 1000 * (1 + number), 900)
        store.boundary(2)
        assert store.flush()
    store.close()
    store = make(entry=1)
    store.tend()
    assert store.state.failures == 0
    add(store, 1000, 8192)
    assert store.flush()
    assert sorted(found(store, [0, 99, 1000, 2000])) == [0, 99, 1000, 2000]


def test_blocks_are_deleted_by_age(make):
    """Blocks older than the retention are deleted as a whole, and their rows are not found."""
    wall = Wall()
    store = make(Limits(3600, 1 << 40), clock=wall)
    for start, wall.now in ((0, NOW), (10, NOW + 1800), (20, NOW + 4000)):
        add(store, start, 10)
        store.boundary(start)
        store.flush()
    store.tend()
    assert sorted(found(store, [5, 15, 25])) == [15, 25]
    assert (store.state.deleted, store.state.rows) == (10, 20)


@pytest.mark.slow
def test_the_file_stays_below_its_size(make, tmp_path):
    """Beyond the largest size the oldest blocks are deleted, the newest are found, and the index forgets the old."""
    store = make(Limits(1e9, 3_000_000))
    rng = np.random.default_rng(0)
    for start in range(0, 200_000, 8192):
        columns = {"time": NOW + np.arange(8192), "prediction": rng.normal(size=8192), "scores.yes": rng.random(8192)}
        store.add(KEY, [f"r{row}" for row in range(start, start + 8192)], columns)
        store.flush()
        store.tend()
    for _ in range(20):
        store.tend()
    assert sorted(found(store, [0, 200_000])) == [200_000]
    assert 0 < store.state.rows < 150_000
    assert sum(run.entries for run in index.runs_of(store._backend.writer)) < 3 * store.state.rows
    store._backend.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (tmp_path / NAME).stat().st_size < 4_500_000


class _Full:
    """A connection to a disk that is full."""

    def __init__(self, real):
        self.real = real

    def execute(self, statement, *values):
        if statement.startswith("BEGIN IMMEDIATE"):
            raise sqlite3.OperationalError("database or disk is full")
        return self.real.execute(statement, *values)

    def close(self):
        self.real.close()


def test_a_full_disk_costs_the_store_alone(make, monkeypatch):
    """While the disk is full, rows wait; beyond a limit the oldest are lost and counted; others are written later."""
    store = make()
    monkeypatch.setattr("inference_exporter.evaluation.store.RETRY_SECONDS", 0.0)
    monkeypatch.setattr("inference_exporter.evaluation.store.VALUES_AT_MOST", 100_000)
    store._backend._writer = _Full(store._backend.writer)
    for start in range(0, 40_960, 8192):
        add(store, start, 8192)
    assert not store.flush()
    assert not store.state.is_writable
    assert store.state.lost == 2 * 8192
    assert store.flush()
    assert store.state.is_writable
    assert sorted(found(store, [0, 8192, 16_384, 40_959])) == [16_384, 40_959]


def test_a_bug_while_the_file_is_tended_leaves_it_writable(make, monkeypatch):
    """A fault of any kind in the middle of a transaction is undone, and rows that come later are written."""
    store = make(Limits(10.0, 1 << 40), clock=(wall := Wall()))
    add(store, 0, 8192)
    assert store.flush()
    wall.now += 20
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(blocks, "delete", lambda *_: 1 / 0)
        store.tend()
    add(store, 8192, 8192)
    assert store.flush()
    assert sorted(found(store, [8192, 16_383])) == [8192, 16_383]


def test_a_file_that_comes_back_is_written_again(make, monkeypatch):
    """However often the store looks meanwhile, it opens the file again a second after it could not."""
    store = make()
    clock = Wall()
    monkeypatch.setattr("inference_exporter.evaluation.store.time", SimpleNamespace(monotonic=clock, sleep=time.sleep))
    store._backend._writer = _Full(store._backend.writer)
    add(store, 0, 8192)
    for clock.now in (1000.0, 1000.4, 1000.8):
        assert not store.flush()
    assert store.state.failures == 1
    clock.now = 1001.0
    assert store.flush()
    assert store.state.is_writable


def test_a_file_of_the_first_version_is_read_and_written(make, tmp_path, monkeypatch):
    """Blocks of a release that compressed what joins read are found, beside new ones."""
    store = make()
    with monkeypatch.context() as old:
        old.setattr("inference_exporter.evaluation.direct.packed", lambda columns: None)
        add(store, 0, 8192)
        join(store, 0, 8192)
        assert store.flush()
    store.close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("PRAGMA user_version = 1")
    database.close()
    store = make(entry=1)
    add(store, 8192, 8192)
    assert store.flush()
    assert found(store, [3, 8195]) == {3: (3, "yes", 3e-6, "no"), 8195: (8195, "yes", 8195e-6, None)}


def test_a_file_of_a_newer_release_is_refused(make, tmp_path):
    """The sidecar does not write into a file that it does not understand."""
    make().close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreFault, match="version 99 was written by a newer release"):
        make()


def test_a_damaged_file_is_only_a_failure(make, tmp_path):
    """If the file is not a database, nothing is found, nothing raises, and the state says so."""
    (tmp_path / NAME).write_bytes(b"not a database" * 1000)
    store = make()
    add(store, 0, 10)
    store.boundary(1)
    assert store.find(KEY, ["r1"]) is None
    assert not store.flush()
    assert (store.state.is_writable, store.state.lookups_failed) == (False, 1)


def test_small_blocks_are_joined_once_no_start_can_need_them_apart(make):
    """Small blocks become few; rows, outcomes and the newest of an id are found, also after a start from a snapshot."""
    store = make()
    for number in range(100):
        add(store, 10 * number, 10)
        add(store, 7, 1, prediction=f"p{number}")
        join(store, 10 * number, 2)
        store.boundary(number)
        store.flush()
    store.settled(79)
    store.tend()
    listed = list(blocks.listed(store._backend.writer))
    assert [block.first_entry for block in listed] != sorted(set(range(100)))
    assert len(listed) < 75
    assert len(found(store, list(range(1000)))) == 1000
    assert found(store, [7])[7][1] == "p99"
    assert [found(store, [row])[row][3] for row in (500, 501, 502)] == ["no", "no", None]
    assert store.about(KEY, "r500")["outcome"] == "no"
    store.close()
    again = make(entry=79)
    assert sorted(found(again, [5, 795, 805])) == [5, 795]
    assert found(again, [7])[7][1] == "p79"
    again.tend()
    assert len(list(blocks.listed(again._backend.writer))) < 40
    assert len(found(again, list(range(1000)))) == 800


def test_rows_that_come_one_at_a_time_are_searched_together(make):
    """A lookup joins many small parts that wait for a block, so the next one searches few."""
    store = make()
    for row in range(200):
        add(store, row, 1)
    assert sorted(found(store, [0, 199])) == [0, 199]
    assert [len(group.parts) for group in store._open.values()] == [1]
    add(store, 200, 1)
    assert sorted(found(store, [0, 200])) == [0, 200]
    store.boundary(1)
    assert store.flush()
    assert len(found(store, list(range(201)))) == 201
