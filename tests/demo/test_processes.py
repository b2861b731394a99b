import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from inference_exporter.demo.processes import Processes, ProcessFailed, end, free_port
from inference_exporter.demo.stopping import Stop, Stopped

PATIENCE = 120.0


@pytest.fixture
def stop():
    return Stop()


def wait_for(what):
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_all_end_with_the_context_and_with_all_that_they_started(tmp_path, stop):
    """A process's children end with it, even if they ignore signals."""
    deaf = "trap '' TERM; sleep 1000 & echo $! > child; wait; sleep 1000"
    with Processes(tmp_path, stop) as processes:
        one = processes.start("deaf", ["sh", "-c", deaf], folder=tmp_path)
        other = processes.start("plain", ["sleep", "1000"])
        child = wait_for(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text().strip())
        end(one, patience_seconds=0.1)
        assert other.poll() is None
    assert one.returncode == -signal.SIGKILL
    assert other.returncode == -signal.SIGTERM
    wait_for(lambda: gone(int(child)))


def test_what_a_process_says_is_in_its_log(tmp_path, stop):
    """Both output streams go to one log, and a failure shows its end."""
    with Processes(tmp_path, stop) as processes:
        assert processes.finish("fine", ["sh", "-c", "echo out; echo err >&2"]) == "out\nerr\n"
        with pytest.raises(ProcessFailed, match=r"broken ended with exit code 3(.|\n)*no luck"):
            processes.finish("broken", ["sh", "-c", "echo no luck; exit 3"])


def test_a_program_that_is_not_there_is_a_failure(tmp_path, stop):
    """A missing program is a failure with its name."""
    with Processes(tmp_path, stop) as processes, pytest.raises(ProcessFailed, match="nobody ended"):
        processes.finish("nobody", ["/no/such/program"])


def test_commands_run_side_by_side(tmp_path, stop):
    """Each waits for what the other does."""
    commands = {
        "one": ["sh", "-c", "touch one; while ! [ -e two ]; do sleep 0.01; done"],
        "two": ["sh", "-c", "touch two; while ! [ -e one ]; do sleep 0.01; done"],
    }
    with Processes(tmp_path, stop) as processes, contextlib.chdir(tmp_path):
        processes.finish_all(commands)
        with pytest.raises(ProcessFailed, match="worse ended with exit code 3"):
            processes.finish_all({"good": ["true"], "worse": ["sh", "-c", "exit 3"]})


def test_waiting_ends_when_a_process_does(tmp_path, stop):
    """Waiting ends when the process ends."""
    with Processes(tmp_path, stop) as processes:
        processes.start("server", ["sh", "-c", "echo no port; exit 1"])
        with pytest.raises(ProcessFailed, match=r"server ended(.|\n)*no port"):
            processes.await_ready("server", f"http://127.0.0.1:{free_port()}/")


def test_waiting_has_an_end(tmp_path, stop):
    """A process that never answers is a failure too."""
    with Processes(tmp_path, stop) as processes:
        processes.start("silent", ["sleep", "1000"])
        with pytest.raises(ProcessFailed, match="silent did not answer"):
            processes.await_ready("silent", f"http://127.0.0.1:{free_port()}/", timeout_seconds=0.2)


def test_waiting_ends_when_it_answers(tmp_path, stop):
    """A process is ready when it answers 200."""
    port = free_port()
    with Processes(tmp_path, stop) as processes:
        server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
        processes.start("server", server, folder=tmp_path)
        processes.await_ready("server", f"http://127.0.0.1:{port}/")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
            assert answer.status == 200


def test_some_end_before_the_others(tmp_path, stop):
    """Those that are named end; the others run on; a name that was never started is ignored."""
    with Processes(tmp_path, stop) as processes:
        first, second = (processes.start(name, ["sleep", "1000"]) for name in ("first", "second"))
        processes.end("first", "never started")
        assert first.poll() is not None
        assert second.poll() is None


def test_a_stop_ends_every_wait(tmp_path, stop):
    """Ctrl-C while something starts ends the demo, not only the wait."""
    stop.requested = True
    with Processes(tmp_path, stop) as processes:
        with pytest.raises(Stopped):
            processes.finish("long", ["sleep", "1000"])
        with pytest.raises(Stopped):
            processes.await_ready("long", f"http://127.0.0.1:{free_port()}/")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_nothing_outlives_a_demo_that_is_killed(tmp_path):
    """SIGKILL leaves no time to clean up; the kernel does."""
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from inference_exporter.demo.processes import Processes
        from inference_exporter.demo.stopping import Stop
        folder = Path(sys.argv[1])
        with Processes(folder, Stop()) as processes:
            process = processes.start("sleeper", ["sh", "-c", "echo $$ > pid; exec sleep 1000"], folder=folder)
            time.sleep(1000)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    try:
        pid = int(wait_for(lambda: (tmp_path / "pid").exists() and Path(tmp_path / "pid").read_text().strip()))
        assert not gone(pid)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_for(lambda: gone(pid))
