"""Files are read once and whole: through rotation, truncation, restarts, and whatever stands in them."""

import gzip
import json
import os
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import orjson
import pyarrow as pa
import pytest
import zstandard
from inference_exporter.config.inputs import FileConfig, InputsConfig
from inference_exporter.failures import Failures
from inference_exporter.intake.feed import Taken
from inference_exporter.intake.ways._base import STALLED_SECONDS, Surroundings
from inference_exporter.intake.ways.files.follower import SETTLED_SECONDS
from inference_exporter.intake.ways.files.way import LINGER_SECONDS, FollowedFiles
from pyarrow import parquet


class Reading:
    """Followed files with a clock of their own, and what they handed on."""

    def __init__(self, tmp_path, *paths, format="auto", storage=True):
        self.taken, self.bodies, self.now = [], [], 1000.0
        self.failures = Failures()
        files = tuple(FileConfig(path, format) for path in paths)
        around = Surroundings(self._feed, lambda: None, self.failures, tmp_path / "storage" if storage else None)
        self.files = FollowedFiles(InputsConfig(files), around)

    def _feed(self, body, content_type, headers):
        self.bodies.append((content_type, body))
        if content_type == "application/vnd.apache.arrow.stream":
            self.taken += [row["x"] for batch in pa.ipc.open_stream(body) for row in batch.to_pylist()]
        elif content_type == "application/json":
            self.taken.append(orjson.loads(body))
        else:
            self.taken += [line.decode() for line in body.split(b"\n") if line]
        return Taken(1)

    def turns(self, seconds=0.0):
        """Read all that there is now, after some time."""
        self.now += seconds
        for _ in range(100):
            self.now += 1.0
            if not self.files.turn(self.now):
                break
        assert not self.failures.counts()
        return self

    def number(self, name, *labels):
        """Return a number that is shown."""
        number = next(each for each in self.files.numbers() if each.name.endswith(name))
        return sum(value for key, value in number.values.items() if key[1:] == labels)


def lines(first, last):
    return "".join(f'{{"x":{number}}}\n' for number in range(first, last))


def shown(first, last):
    return lines(first, last).split("\n")[:-1]


def append(path, text):
    with path.open("a") as file:
        file.write(text)


@pytest.fixture
def log(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder / "app.log"


def test_what_is_appended_is_read_once(tmp_path, log):
    """Lines are handed on when they are whole, each once."""
    reading = Reading(tmp_path, log)
    log.write_text(lines(0, 3) + '{"x":')
    assert reading.turns().taken == shown(0, 3)
    append(log, "3}\n" + lines(4, 6))
    assert reading.turns().taken == shown(0, 6)
    assert reading.number("lag_bytes") == 0
    assert reading.number("read_bytes_total") == log.stat().st_size


def test_a_file_may_come_later(tmp_path, log):
    """A path without a file is followed once there is one."""
    reading = Reading(tmp_path, log).turns()
    log.write_text(lines(0, 2))
    assert reading.turns().taken == shown(0, 2)


def test_a_half_line_waits_for_its_end_but_not_forever(tmp_path, log):
    """The last line of a file without a newline is taken once the file is still."""
    reading = Reading(tmp_path, log)
    log.write_text('{"x":1}')
    assert reading.turns().taken == []
    assert reading.turns(SETTLED_SECONDS).taken == ['{"x":1}']
    append(log, "\n" + lines(2, 3))
    assert reading.turns().taken == ['{"x":1}', *shown(2, 3)]


@pytest.mark.parametrize("pattern", ["app.log", "app.log*", "*"])
def test_rotation_by_rename(tmp_path, log, pattern):
    """What the writer still writes to the renamed file is read, and the new file from its start, each line once."""
    reading = Reading(tmp_path, log.parent / pattern)
    log.write_text(lines(0, 3))
    reading.turns()
    append(log, lines(3, 4))
    renamed = log.rename(log.parent / "app.log.1")
    append(renamed, lines(4, 5))
    reading.turns()
    append(renamed, lines(5, 6))
    log.write_text(lines(6, 8))
    assert sorted(reading.turns().taken) == shown(0, 8)
    assert sorted(reading.turns(LINGER_SECONDS).turns(LINGER_SECONDS).taken) == shown(0, 8)


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_rotation_by_truncation(tmp_path, log, pattern):
    """A file that is copied and cut is read from its start, and its copy from where reading stopped."""
    reading = Reading(tmp_path, log.parent / pattern)
    log.write_text(lines(100, 120))
    reading.turns()
    (log.parent / "app.log.1").write_text(lines(100, 120))
    os.truncate(log, 0)
    reading.turns()
    append(log, lines(200, 203))
    assert reading.turns().taken == [*shown(100, 120), *shown(200, 203)]
    assert reading.number("errors_total", "shortened") == 1


def test_a_copy_has_what_was_not_read_before_the_cut(tmp_path, log):
    """Lines that came between the last look and the cut are read from the copy."""
    reading = Reading(tmp_path, log.parent / "app.log*")
    log.write_text(lines(100, 120))
    reading.turns()
    (log.parent / "app.log.1").write_text(lines(100, 125))
    log.write_text(lines(200, 230))
    assert sorted(reading.turns().taken) == [*shown(100, 125), *shown(200, 230)]


def test_a_file_that_was_rewritten_longer_is_read_again(tmp_path, log):
    """A cut between two looks shows by the first bytes, however long the file is by then."""
    reading = Reading(tmp_path, log)
    log.write_text(lines(0, 3))
    reading.turns()
    log.write_text(lines(500, 600))
    assert reading.turns().taken == [*shown(0, 3), *shown(500, 600)]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_compressed_files(tmp_path, log, pack):
    """Compressed files are read decompressed, also when further members are appended."""
    path = log.with_name("old.gz")
    reading = Reading(tmp_path, path)
    path.write_bytes(pack(lines(0, 1000).encode()))
    assert reading.turns().taken == shown(0, 1000)
    with path.open("ab") as file:
        file.write(pack(lines(1000, 1010).encode()))
    assert reading.turns().taken == shown(0, 1010)
    assert reading.number("lag_bytes") == 0


def test_a_compressed_file_in_the_middle_of_being_written(tmp_path, log):
    """Its lines are read as they come, each once."""
    path, whole = log.with_name("old.gz"), gzip.compress(lines(0, 50_000).encode())
    reading = Reading(tmp_path, path)
    path.write_bytes(whole[: len(whole) // 2])
    reading.turns().turns()
    path.write_bytes(whole)
    assert reading.turns().taken == shown(0, 50_000)


def test_a_compressed_file_that_stays_broken(tmp_path, log):
    """It is counted once, and its readable lines are taken."""
    path = log.with_name("old.gz")
    path.write_bytes(gzip.compress(lines(0, 50_000).encode())[:-4])
    reading = Reading(tmp_path, path)
    assert reading.turns().taken == shown(0, 50_000)
    reading.turns(SETTLED_SECONDS).turns(SETTLED_SECONDS)
    assert reading.number("errors_total", "corrupt") == 1


def test_a_rotated_file_that_is_compressed_is_not_read_again(tmp_path, log):
    """logrotate compresses a file that was read already: it is the same content."""
    reading = Reading(tmp_path, log.parent / "*")
    log.write_text(lines(100, 200))
    reading.turns()
    log.rename(log.parent / "app.log.1")
    reading.turns()
    (log.parent / "app.log.1.gz").write_bytes(gzip.compress(lines(100, 203).encode()))
    (log.parent / "app.log.1").unlink()
    assert reading.turns(LINGER_SECONDS).turns().taken == shown(100, 203)


class TestRestarts:
    def test_it_goes_on_where_it_stopped(self, tmp_path, log):
        """A new process reads only what came meanwhile."""
        log.write_text(lines(0, 3))
        Reading(tmp_path, log).turns()
        append(log, lines(3, 5))
        assert Reading(tmp_path, log).turns().taken == shown(3, 5)

    @pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
    def test_a_file_that_was_renamed_meanwhile(self, tmp_path, log, pattern):
        """The rest of the renamed file is read, and the new one."""
        log.write_text(lines(100, 103))
        Reading(tmp_path, log.parent / pattern).turns()
        append(log, lines(103, 105))
        log.rename(log.parent / "app.log.1")
        log.write_text(lines(105, 107))
        assert sorted(Reading(tmp_path, log.parent / pattern).turns().turns().taken) == shown(103, 107)

    def test_another_file_with_the_number_of_the_old_one(self, tmp_path, log):
        """Numbers of files are used again; the first bytes differ."""
        log.write_text(lines(0, 3))
        Reading(tmp_path, log).turns()
        log.write_text(lines(50, 60))
        assert Reading(tmp_path, log).turns().taken == shown(50, 60)

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"files": [{"path": 1}]}', '{"files": 3}'])
    def test_a_broken_position_file_costs_only_itself(self, tmp_path, log, text):
        """Files are then read from the start."""
        (tmp_path / "storage" / "positions").mkdir(parents=True)
        (tmp_path / "storage" / "positions" / "files.json").write_text(text)
        log.write_text(lines(0, 3))
        assert Reading(tmp_path, log).turns().taken == shown(0, 3)

    def test_a_half_line_is_read_whole(self, tmp_path, log):
        """Positions are those of whole lines."""
        log.write_text(lines(0, 1) + '{"x"')
        Reading(tmp_path, log).turns()
        append(log, ":1}\n")
        assert Reading(tmp_path, log).turns().taken == shown(1, 2)

    def test_a_table_goes_on_with_its_next_rows(self, tmp_path, log):
        """The position of a Parquet file counts rows."""
        path = log.with_name("part-0.parquet")
        parquet.write_table(pa.table({"x": list(range(10_000))}), path)
        first = Reading(tmp_path, path).turns()
        assert not first.taken, "it may still be written"
        first.turns(SETTLED_SECONDS)
        assert first.taken == list(range(10_000))
        assert len(first.bodies) == 3
        assert Reading(tmp_path, path).turns().turns(SETTLED_SECONDS).taken == []


def test_a_folder_of_tables(tmp_path):
    """Files of a folder are read in the order of their names, new ones too, but not what Spark keeps beside them."""
    folder = tmp_path / "tables"
    (folder / "date=2026-01-01").mkdir(parents=True)
    (folder / "_SUCCESS").write_text("")
    (folder / ".part.crc").write_text("x,y\n")
    parquet.write_table(pa.table({"x": [1, 2]}), folder / "date=2026-01-01" / "b.parquet")
    reading = Reading(tmp_path, folder).turns().turns(SETTLED_SECONDS)
    parquet.write_table(pa.table({"x": [3]}), folder / "date=2026-01-01" / "a.parquet")
    assert reading.turns().turns(SETTLED_SECONDS).taken == [1, 2, 3]
    assert reading.number("followed") == 2


def test_csv_portions_carry_their_header(tmp_path, log):
    """Each portion of a CSV file is a CSV body, and a newline between quotes does not end a row."""
    reading = Reading(tmp_path, log)
    log.write_text('a,b\n1,"two\nlines"\n')
    reading.turns()
    append(log, '2,"x\n')
    reading.turns()
    append(log, 'y"\n')
    reading.turns()
    assert reading.bodies == [("text/csv", b'a,b\n1,"two\nlines"\n'), ("text/csv", b'a,b\n2,"x\ny"\n')]


def test_a_document_is_read_whole(tmp_path, log):
    """A JSON document over several lines is one body, once it is still."""
    reading = Reading(tmp_path, log)
    log.write_text(json.dumps({"a": 1, "b": [2, 3]}, indent=2))
    assert reading.turns().taken == []
    assert reading.turns(SETTLED_SECONDS).taken == [{"a": 1, "b": [2, 3]}]
    assert reading.turns(SETTLED_SECONDS).taken == [{"a": 1, "b": [2, 3]}]


def test_one_bad_file_does_not_stop_the_others(tmp_path, log):
    """A pipe, a corrupt table and a file that may not be read are counted; the rest is read."""
    os.mkfifo(log.with_name("pipe"))
    log.with_name("bad.parquet").write_bytes(b"PAR1 nonsense")
    log.write_text(lines(0, 2))
    reading = Reading(tmp_path, log.parent / "*").turns().turns(SETTLED_SECONDS).turns()
    assert reading.taken == shown(0, 2)
    assert reading.number("errors_total", "unreadable") == 1
    assert reading.number("errors_total", "corrupt") == 1


def test_a_path_works_while_it_has_a_readable_file(tmp_path, log):
    """A path without files, or with corrupt ones only, is down; others are up, unless their thread is stuck."""
    absent, corrupt = tmp_path / "absent", tmp_path / "corrupt.parquet"
    corrupt.write_bytes(b"PAR1 nonsense")
    log.write_text(lines(0, 2))
    reading = Reading(tmp_path, log, absent, corrupt).turns().turns(SETTLED_SECONDS).turns()
    now = time.monotonic()
    assert reading.files.working(now) == {str(log): True, str(absent): False, str(corrupt): False}
    assert not any(reading.files.working(now + STALLED_SECONDS).values())


def test_a_line_that_is_too_long_costs_only_itself(tmp_path, log):
    """Its start is handed on, so that the decoder counts it; the lines around it are whole."""
    reading = Reading(tmp_path, log)
    log.write_text(lines(0, 1) + "x" * 5_000_000 + "\n" + lines(1, 2))
    taken = reading.turns().taken
    assert (taken[0], taken[-1], len(taken)) == (*shown(0, 2), 3)
    assert 1 << 20 < len(taken[1]) < 1 << 21


def test_standard_input(tmp_path, monkeypatch):
    """Lines are taken as they come; the half line at the end counts too."""
    read, write = os.pipe()
    monkeypatch.setattr("inference_exporter.intake.ways.files.follower.Stdin", lambda: _stdin(read))
    reading = Reading(tmp_path, FileConfig().path).turns()
    os.write(write, lines(0, 3).encode() + b'{"x":')
    assert reading.turns().taken == shown(0, 3)
    os.write(write, b"3}")
    os.close(write)
    assert reading.turns().turns().taken == shown(0, 4)
    os.close(read)


def _stdin(descriptor):
    from inference_exporter.intake.ways.files.content import Stdin

    return Stdin(descriptor)


def test_the_rate_is_bounded(tmp_path, log):
    """After each portion it pauses for as long as the rate asks."""
    pauses = []
    log.write_text(lines(0, 400_000))
    reading = Reading(tmp_path, log)
    while reading.files.turn(reading.now, pauses.append):
        reading.now += 1
    assert sum(pauses) == pytest.approx(log.stat().st_size / (16 * 1024**2))
    assert max(pauses) < 0.1


def test_it_stops_when_told_to(tmp_path, log):
    """The thread ends, with positions kept, without waiting for the next look."""
    log.write_text(lines(0, 3))
    reading, stop = Reading(tmp_path, log), threading.Event()
    thread = threading.Thread(target=reading.files.run, args=(stop,))
    thread.start()
    seen = SimpleNamespace(all=False)
    with suppress(TimeoutError):
        pause = threading.Event()
        while not seen.all:
            seen.all = len(reading.taken) == 3
            pause.wait(0.01)
    stop.set()
    thread.join()
    assert Reading(tmp_path, log).turns().taken == []


def test_a_new_configuration(tmp_path, log):
    """A path that goes is no longer followed; one that stays keeps its position."""
    other = log.with_name("other.log")
    log.write_text(lines(0, 3))
    other.write_text(lines(10, 12))
    reading = Reading(tmp_path, log)
    reading.turns()
    reading.files.reconfigure(InputsConfig((FileConfig(log), FileConfig(other))))
    assert reading.turns().taken == [*shown(0, 3), *shown(10, 12)]
    reading.files.reconfigure(InputsConfig((FileConfig(log),)))
    append(other, lines(12, 13))
    append(log, lines(3, 4))
    assert reading.turns().taken == [*shown(0, 3), *shown(10, 12), *shown(3, 4)]
