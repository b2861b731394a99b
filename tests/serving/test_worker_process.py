"""The worker as a process: started, asked for signs of life, restarted, and ended without force."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from inference_exporter.serving import worker_process
from inference_exporter.serving.lane import Lane
from inference_exporter.serving.worker_process import WorkerProcess

HEAD = """
import os, socket, sys
control = socket.socket(fileno=int(sys.argv[1]))
control.recv(100)
"""
READY = HEAD + "control.sendall(b'ready\\n')\n"
ANSWERS = f"""{READY}
try:
    while control.recv(100):
        control.sendall(b'pong\\n')
finally:
    open('ended', 'w').close()
    os._exit(0)
"""
SILENT = READY + "while control.recv(100): pass\n"


def running(test, program, folder):
    """Run a test beside a worker that runs a program."""

    async def run():
        worker = WorkerProcess(
            [sys.executable, "-S", "-c", f"import os; os.chdir({str(folder)!r})\n{program}"],
            lambda: b"start",
            {"intake": Lane(2)},
            {"intake": 1},
        )
        ready = asyncio.Event()
        task = asyncio.create_task(worker.run(ready.set))
        try:
            await test(worker, ready, task)
        finally:
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(run())


async def until(holds):
    while not holds():
        await asyncio.sleep(0.01)


@pytest.fixture
def fast(monkeypatch):
    """Pings come by the hundred a second."""
    monkeypatch.setattr(worker_process, "PING_SECONDS", 0.01)


def test_it_is_ready_and_alive(tmp_path, fast):
    """Once it says so, and as long as it answers; then it ends by itself, not by force."""

    async def test(worker, ready, task):
        assert (worker.is_ready, worker.is_alive) == (False, True)
        await ready.wait()
        assert (worker.is_ready, worker.is_alive, worker.restarts) == (True, True, 0)

    running(test, ANSWERS, tmp_path)
    assert Path(tmp_path, "ended").exists()


def test_one_that_is_silent_is_not_alive_and_then_restarted(tmp_path, fast, monkeypatch):
    """Pings without an answer are counted: some make it unhealthy, more end it."""
    monkeypatch.setattr(worker_process, "SILENT_PINGS", 3)
    monkeypatch.setattr(worker_process, "HUNG_PINGS", 50)

    async def test(worker, ready, task):
        await ready.wait()
        await until(lambda: not worker.is_alive)
        await until(lambda: worker.restarts == 1)
        ready.clear()
        await ready.wait()
        assert worker.is_alive

    running(test, SILENT, tmp_path)


def test_one_that_ends_is_restarted(tmp_path):
    """However often, as long as each became ready."""

    async def test(worker, ready, task):
        await until(lambda: worker.restarts >= 7)
        ready.clear()
        await ready.wait()
        assert not task.done()

    running(test, f"{READY}control.recv(100)\n", tmp_path)  # the first ping


@pytest.mark.parametrize(("program", "code"), [("raise SystemExit(2)", 2), ("raise SystemExit(1)", 1)])
def test_one_that_cannot_start_ends_everything(tmp_path, program, code):
    """Its exit code is ours."""

    async def test(worker, ready, task):
        assert await task == code
        assert not ready.is_set()

    running(test, program, tmp_path)


def test_one_that_does_not_end_is_killed(tmp_path, monkeypatch):
    """After a stated time."""
    monkeypatch.setattr(worker_process, "STOP_SECONDS", 0.1)

    async def test(worker, ready, task):
        await ready.wait()

    running(test, READY + "import time\nwhile True: time.sleep(1)\n", tmp_path)


KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"


def test_one_that_is_killed_at_its_start_is_started_again(tmp_path, monkeypatch):
    """Even at first: what killed it may be over; but not without end."""
    monkeypatch.setattr(worker_process, "MAX_FAILED_STARTS", 2)

    async def test(worker, ready, task):
        assert await task == -9
        assert worker.restarts == 1

    running(test, KILLED, tmp_path)


def test_a_start_that_got_on_does_not_count_as_failed(tmp_path, monkeypatch):
    """A worker that sets an entry aside and dies of the next one goes further each time."""
    monkeypatch.setattr(worker_process, "MAX_FAILED_STARTS", 2)
    monkeypatch.setattr(worker_process, "LONGEST_PAUSE_SECONDS", 0.0)

    async def test(worker, ready, task):
        await until(lambda: worker.restarts >= 4)
        assert not task.done()

    running(test, f"{HEAD}control.sendall(b'progress set aside entry 1\\n')\n{KILLED}", tmp_path)


def test_one_that_is_ending_when_we_stop_is_not_left_behind(tmp_path):
    """It closed its socket and stays; stopping then kills it and waits for it."""
    stays = f"{HEAD}open('pid', 'w').write(str(os.getpid()))\ncontrol.close()\nimport time; time.sleep(3600)"

    async def test(worker, ready, task):
        pid = tmp_path / "pid"
        await until(lambda: pid.exists() and pid.read_text() and worker._control is None)
        assert not task.done()

    running(test, stays, tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path(tmp_path, "pid").read_text()), 0)
