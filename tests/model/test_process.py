"""The model server's process: found as configured, found again, and CPU time that never decreases."""

import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest
from inference_exporter.config.schema import ProcessConfig
from inference_exporter.model import process
from inference_exporter.model.process import ProcessWatch

# Reports that it runs, then waits until its input is closed.
SERVER = """
import socket, subprocess, sys, time
port, children = int(sys.argv[2]), int(sys.argv[3])
listening = socket.create_server(("127.0.0.1", port))
wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
workers = [subprocess.Popen(wait, stdin=subprocess.PIPE) for _ in range(children)]
end = time.process_time() + 0.05
while time.process_time() < end:
    pass
print(listening.getsockname()[1], flush=True)
sys.stdin.read()
for worker in workers:
    worker.communicate()
"""


@pytest.fixture
def server():
    """Return a function that starts a model server; it returns its process, port and a word of its command line."""
    started = []

    def start(children=0, port=0):
        word = f"server-{uuid.uuid4().hex}"
        child = subprocess.Popen(
            [sys.executable, "-c", SERVER, word, str(port), str(children)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child, int(child.stdout.readline()), word

    yield start
    for child in started:
        stop(child)


def stop(child):
    child.stdin.close()
    child.stdout.close()
    child.wait(20)


def test_unconfigured_there_is_nothing():
    """Unless configured, there are no metrics about the process."""
    assert ProcessWatch(ProcessConfig()).read() is None


class TestFinding:
    def test_by_pid(self, server):
        """A process is found by its pid."""
        child, _, _ = server()
        view = ProcessWatch(ProcessConfig(pid=child.pid)).read()
        assert (view.up, view.processes) == (True, 1)
        assert view.resident_memory_bytes > 1e6
        assert view.cpu_seconds >= 0.04
        assert 0 < view.open_fds <= view.open_fds_limit

    def test_by_port(self, server):
        """A process is found by the port that it listens on."""
        _, port, _ = server()
        assert ProcessWatch(ProcessConfig(port=port)).read().up

    def test_by_command(self, server):
        """A process is found by a pattern in its command line; the exporter itself never matches."""
        _, _, word = server()
        assert ProcessWatch(ProcessConfig(command=word)).read().up
        # In a process whose command line no other has: test runners start several of one command line.
        code = (
            "from inference_exporter.config.schema import ProcessConfig;"
            "from inference_exporter.model.process import ProcessWatch;"
            "import sys; sys.exit(ProcessWatch(ProcessConfig(command=sys.argv[1])).read().up)"
        )
        assert subprocess.run([sys.executable, "-c", code, f"alone-{word}"], timeout=100, check=False).returncode == 0

    def test_by_pid_file(self, server, tmp_path):
        """A file may contain the pid."""
        child, _, _ = server()
        path = tmp_path / "server.pid"
        path.write_text(f"{child.pid}\n", encoding="ascii")
        assert ProcessWatch(ProcessConfig(pid_file=path)).read().up

    @pytest.mark.parametrize("content", ["", "\n", "none", "-5", "999999999999", "\u00e9"])
    def test_a_pid_file_of_anything_else(self, tmp_path, content):
        """A file without a pid is a server that is down, never a fault."""
        path = tmp_path / "server.pid"
        path.write_text(content, encoding="utf-8")
        assert ProcessWatch(ProcessConfig(pid_file=path)).read().up is False

    def test_what_is_not_there(self, tmp_path):
        """Without such a process, port, command or file it is down, with no made-up values."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free = taken.getsockname()[1]
        for config in (
            ProcessConfig(pid=2**22 + 1), ProcessConfig(port=free), ProcessConfig(command=uuid.uuid4().hex),
            ProcessConfig(pid_file=tmp_path / "none.pid"), ProcessConfig(cgroup=tmp_path / "none"),
        ):  # fmt: skip
            view = ProcessWatch(config).read()
            assert (view.up, view.processes, view.resident_memory_bytes, view.open_fds) == (False, 0, None, None)


class TestOverTime:
    def test_children_count_as_well(self, server):
        """Workers belong to the server: their memory, descriptors and CPU time count."""
        child, _, _ = server(children=2)
        view = ProcessWatch(ProcessConfig(pid=child.pid)).read()
        assert view.processes == 3
        assert view.resident_memory_bytes > psutil.Process(child.pid).memory_info().rss

    def test_a_server_that_ends_is_down_and_its_cpu_time_stays(self, server):
        """CPU time never decreases; another metric shows that a server is gone."""
        child, port, _ = server()
        watch = ProcessWatch(ProcessConfig(port=port))
        before = watch.read()
        stop(child)
        after = watch.read()
        assert (before.up, after.up) == (True, False)
        assert after.cpu_seconds >= before.cpu_seconds > 0

    def test_a_server_that_comes_back_is_found(self, server):
        """A restarted server is found by its port, and adds to the CPU time."""
        child, port, _ = server()
        watch = ProcessWatch(ProcessConfig(port=port))
        first = watch.read()
        stop(child)
        watch.read()
        server(port=port)
        again = watch.read()
        assert again.up
        assert again.cpu_seconds > first.cpu_seconds

    def test_a_zombie_does_not_hide_its_successor(self, server):
        """A zombie does not hide the process that replaced it."""
        child, port, _ = server()
        watch = ProcessWatch(ProcessConfig(port=port))
        assert watch.read().up
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
        server(port=port)
        assert watch.read().up


class TestControlGroups:
    def group(self, folder, **files):
        for name, content in files.items():
            (folder / name.replace("_", ".", 1)).write_text(content, encoding="ascii")
        return ProcessWatch(ProcessConfig(cgroup=folder)).read()

    def test_a_container_is_read_as_a_whole(self, tmp_path):
        """CPU, memory, its limit and the number of processes are those of the control group."""
        view = self.group(
            tmp_path,
            cgroup_procs="10\n11\n",
            cpu_stat="usage_usec 2500000\nuser_usec 2000000\n",
            memory_current="1000000\n",
            memory_max="2000000\n",
        )
        assert (view.up, view.processes, view.cpu_seconds) == (True, 2, 2.5)
        assert (view.resident_memory_bytes, view.memory_limit_bytes) == (1e6, 2e6)

    @pytest.mark.parametrize(
        "broken",
        [{"cpu_stat": ""}, {"cpu_stat": "nonsense"}, {"memory_current": "much"}, {"cgroup_procs": "x"}],
        ids=lambda broken: next(iter(broken)),
    )
    def test_what_cannot_be_read_is_down(self, tmp_path, broken):
        """An incomplete control group does not break the scrape."""
        whole = {"cgroup_procs": "10\n", "cpu_stat": "usage_usec 1\n", "memory_current": "1\n", "memory_max": "max\n"}
        assert self.group(tmp_path, **{**whole, **broken}).up is False

    def test_no_limit_is_no_limit(self, tmp_path):
        """A group without a limit has none, rather than a made-up one."""
        view = self.group(
            tmp_path, cgroup_procs="10\n", cpu_stat="usage_usec 1\n", memory_current="1\n", memory_max="max\n"
        )
        assert view.memory_limit_bytes is None

    def test_the_tightest_limit_of_a_process_counts(self, tmp_path, monkeypatch):
        """Limits of every group above the process apply; the smallest is its limit."""
        monkeypatch.setattr(process, "CGROUP_ROOT", tmp_path)
        own = Path("/proc/self/cgroup").read_text(encoding="ascii").strip().rpartition("::")[2].lstrip("/")
        (tmp_path / own).mkdir(parents=True, exist_ok=True)
        (tmp_path / "memory.max").write_text("9000\n", encoding="ascii")
        (tmp_path / own / "memory.max").write_text("5000\n", encoding="ascii")
        assert process._memory_limit(os.getpid()) == 5000
