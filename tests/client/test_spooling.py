"""What the exporter cannot take waits on disk: in order, within its bound, across restarts, and counts once."""

import json
import multiprocessing
import signal
import subprocess
import sys
import threading
import time

import pytest
from inference_exporter.client import Options
from inference_exporter.client.spool import BLOCK_BYTES, Spool

HANG_UP = 0
LONG_ENOUGH = 120.0
PROGRAM = """
import sys
from inference_exporter.client import Monitor, Options
monitor = Monitor(sys.argv[1], "fraud", options=Options(spool_path=sys.argv[2], batch_seconds=0.01, retry_seconds=0.01))
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    monitor.observe({"x": number})
monitor.flush(100)
print(monitor.statistics().spooled, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool"


def files(path):
    return sorted(path.glob("*/*.batch"))


def numbers(peer):
    return [sample["features"]["x"] for sample in peer.samples()]


def wait_for(holds):
    pause, until = threading.Event(), time.monotonic() + LONG_ENOUGH
    while not holds():
        assert time.monotonic() < until
        pause.wait(0.01)


def observe(monitor, first, last):
    for number in range(first, last):
        monitor.observe({"x": number})
    assert monitor.flush(LONG_ENOUGH)


def test_an_outage(away, watch, path):
    """Far more than the queue holds is kept, and sent in order once the exporter returns; then the disk is empty."""
    monitor = watch(away, spool_path=path, queue_samples=100, batch_samples=50)
    for start in range(0, 500, 50):
        observe(monitor, start, start + 50)
    statistics = monitor.statistics()
    assert (statistics.spooled, statistics.in_flight, statistics.dropped) == (500, 500, {})
    away.start()
    wait_for(lambda: monitor.statistics().spooled == 0)
    observe(monitor, 500, 510)
    assert numbers(away) == list(range(510))
    assert monitor.statistics().acknowledged == 510
    assert monitor.close()
    assert list(path.iterdir()) == []


def test_a_restart(away, watch, path):
    """What one process left is sent by the next before its own messages."""
    first = watch(away, spool_path=path)
    observe(first, 0, 30)
    first.observe({"x": 30})
    assert not first.close()
    assert first.statistics().dropped == {}
    away.start()
    second = watch(away, spool_path=path)
    observe(second, 31, 40)
    wait_for(lambda: second.statistics().spooled == 0)
    assert numbers(away) == list(range(40))
    assert second.statistics().acknowledged == 9, "its own messages only"
    second.close()
    assert list(path.iterdir()) == []


def test_a_lost_answer_counts_once(exporter, watch, path, reply):
    """A batch whose answer was lost has the same key when another process sends it from disk."""
    exporter.script = [reply(HANG_UP)] * 2
    first = watch(exporter, spool_path=path, retry_seconds=1000.0, retry_max_seconds=1000.0)
    observe(first, 0, 10)
    first.close()
    assert files(path)
    second = watch(exporter, spool_path=path)
    observe(second, 10, 20)
    wait_for(lambda: second.statistics().spooled == 0)
    assert numbers(exporter) == list(range(20))
    keys = [post.key for post in exporter.posts]
    assert keys[0] in keys[2:]


def test_the_bound(away, watch, path):
    """A full spool makes messages wait in memory, and newer ones are dropped; nothing is lost of what was accepted."""
    bound = 4 * BLOCK_BYTES
    monitor = watch(away, spool_path=path, spool_bytes=bound, queue_samples=20, batch_samples=10)
    for number in range(300):
        monitor.observe({"x": number})
        if number % 10 == 9:
            threading.Event().wait(0.005)
    wait_for(lambda: monitor.statistics().dropped.get("queue_full"))
    assert sum(-(-each.stat().st_size // BLOCK_BYTES) * BLOCK_BYTES for each in files(path)) <= bound
    away.start()
    assert monitor.flush(LONG_ENOUGH)
    wait_for(lambda: monitor.statistics().spooled == 0)
    statistics = monitor.statistics()
    assert statistics.acknowledged == len(numbers(away)) == 300 - statistics.dropped["queue_full"]
    assert numbers(away) == sorted(set(numbers(away)))


@pytest.mark.end_to_end
def test_a_killed_process(away, watch, path):
    """SIGKILL leaves what was on disk; while a process lives, no other sends its messages."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, away.url, str(path), str(first), str(first + 50)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for first in (0, 100)
    ]  # fmt: skip
    for each in started:
        assert each.stdout.readline() == "50\n"
    started[0].send_signal(signal.SIGKILL)
    started[0].communicate()
    monitor = watch(away, spool_path=path)
    observe(monitor, 50, 60)
    assert monitor.statistics().spooled == 60
    away.start()
    away.wait_until(lambda: len(numbers(away)) == 110)
    started[1].communicate("", LONG_ENOUGH)
    assert sorted(numbers(away)) == [*range(60), *range(100, 150)]
    assert [each for each in numbers(away) if each < 100] == list(range(60))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_its_own(away, watch, path):
    """A child does not send what its parent spooled, and the parent's files stay locked."""
    monitor = watch(away, spool_path=path)
    observe(monitor, 0, 10)
    child = multiprocessing.get_context("fork").Process(target=observe, args=(monitor, 10, 20))
    child.start()
    child.join(LONG_ENOUGH)
    assert child.exitcode == 0
    assert len(list(path.iterdir())) == 2
    away.start()
    wait_for(lambda: monitor.statistics().spooled == 0)
    assert numbers(away) == list(range(10)), "the child's are for the next process"


def test_files_that_cannot_be_read(exporter, watch, path):
    """A file that is not a batch is dropped; those around it are sent."""
    spool = Spool(path, 10**6)
    for number in range(3):
        spool.add("samples", 1, {"Idempotency-Key": str(number)}, b'{"features":{"x":%d}}\n' % number)
    spool.forget()
    _, broken, _ = files(path)
    broken.write_bytes(b"\xff\x00")
    (broken.parent / "other").write_text("")
    monitor = watch(exporter, spool_path=path)
    observe(monitor, 7, 8)
    wait_for(lambda: monitor.statistics().spooled == 0)
    assert numbers(exporter) == [0, 2, 7]


def test_no_disk(away, watch, path):
    """A path that cannot be written leaves messages in memory, says so, and loses nothing."""
    path.write_text("a file")
    monitor = watch(away, spool_path=path / "spool")
    monitor.observe({"x": 1})
    wait_for(lambda: monitor.statistics().retries)
    away.start()
    assert monitor.flush(LONG_ENOUGH)
    assert numbers(away) == [1]


def test_errors_of_the_exporter_do_not_block_the_rest(exporter, watch, path, reply):
    """A batch at which the exporter keeps failing is given up; one that it refuses is counted as rejected."""
    monitor = watch(exporter, spool_path=path)
    exporter.script = [reply(500)] * 11
    observe(monitor, 0, 1)
    wait_for(lambda: monitor.statistics().dropped == {"server_error": 1})
    exporter.script = [reply(503), reply(400)]
    observe(monitor, 1, 2)
    wait_for(lambda: monitor.statistics().rejected == 1)
    observe(monitor, 2, 3)
    assert numbers(exporter) == [2]


def test_secrets_stay_in_memory(away, watch, path):
    """Headers of the options are not written; whoever sends uses its own. Only the owner can read the files."""
    first = watch(away, spool_path=path, headers={"Authorization": "Bearer secret"}, compress=True)
    observe(first, 0, 5)
    (file,) = files(path)
    assert b"secret" not in file.read_bytes()
    assert (file.stat().st_mode & 0o77, file.parent.stat().st_mode & 0o77) == (0, 0)
    first.close(0.2)
    away.start()
    second = watch(away, spool_path=path, headers={"Authorization": "Bearer other"})
    observe(second, 5, 6)
    wait_for(lambda: second.statistics().spooled == 0)
    assert {post.headers["Authorization"] for post in away.posts} == {"Bearer other"}
    assert json.loads(json.dumps(numbers(away))) == list(range(6))


def test_options():
    """The bound is positive."""
    with pytest.raises(ValueError, match="spool_bytes: expected at least 1, got 0"):
        Options(spool_bytes=0)
