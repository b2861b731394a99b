"""What the proxy adds to a request, against the same requests without it, in turns within one run.

`python tests/benchmarks/proxy_latency.py [requests per second] [seconds]`
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import uvloop

BODY = b'{"instances": [{"age": 31, "city": "Ulm", "income": 48000.0}]}'
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{"predictions": ["yes"]}'
HEAD = b"POST /v1/models/fraud:predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
CONNECTIONS = 10
MODEL_SECONDS = 0.002


class Model(asyncio.Protocol):
    """Answers each request after the time of a small model."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if data.endswith(BODY):
            asyncio.get_running_loop().call_later(MODEL_SECONDS, self.transport.write, ANSWER)


def model(port):
    async def run():
        server = await asyncio.get_running_loop().create_server(Model, "127.0.0.1", port)
        await server.serve_forever()

    uvloop.run(run())


async def client(port, due, durations):
    """Send the requests that are due, on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for moment in due:
        await asyncio.sleep(max(moment - time.perf_counter(), 0))
        started = time.perf_counter()
        writer.write(REQUEST)
        await reader.readexactly(len(ANSWER))
        durations.append(time.perf_counter() - started)
    writer.close()


async def measured(port, rate, seconds):
    """Return the durations of requests at a rate."""
    start, durations = time.perf_counter() + 0.1, []
    step = CONNECTIONS / rate
    await asyncio.gather(
        *(
            client(port, [start + number / rate + turn * step for turn in range(int(seconds / step))], durations)
            for number in range(CONNECTIONS)
        )
    )
    return durations


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def await_port(port):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(port)


def cpu_seconds(front):
    """Return the CPU time of the proxy's process since its start; requests of the benchmark are nearly all of it."""
    children = psutil.Process(front).children()
    proxy = next(each for each in children if "commands.proxy" in " ".join(each.cmdline()))
    return sum(proxy.cpu_times()[:2])


def main(rate=500.0, seconds=10.0):
    """Print the medians and 99th percentiles, and the CPU time of the proxy's process."""
    upstream, web, listen = free_port(), free_port(), free_port()
    config = Path(tempfile.mkdtemp()) / "config.yml"
    config.write_text(
        f"web: {{listen_address: '127.0.0.1:{web}'}}\n"
        f"proxy: {{upstream: 'http://127.0.0.1:{upstream}', listen_address: '127.0.0.1:{listen}'}}\n"
    )
    started = [
        subprocess.Popen([sys.executable, __file__, "model", str(upstream)]),
        subprocess.Popen([sys.executable, "-m", "inference_exporter", "serve", f"--config.file={config}"]),
    ]
    try:
        for port in (upstream, web, listen):
            await_port(port)
        time.sleep(3)
        direct, through = [], []
        for _ in range(4):
            direct += uvloop.run(measured(upstream, rate, seconds / 4))
            through += uvloop.run(measured(listen, rate, seconds / 4))
        spent = cpu_seconds(started[1].pid)
        print(f"CPU time of the proxy: {1e6 * spent / len(through):.0f} µs a request")
        for share in (50, 99):
            one, other = (np.percentile(each, share) * 1000 for each in (direct, through))
            print(f"p{share}: direct {one:.2f} ms, through the proxy {other:.2f} ms, added {other - one:.2f} ms")
        print(f"{len(direct)} requests each, {rate:.0f} a second on {CONNECTIONS} connections")
    finally:
        for process in started:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    if sys.argv[1:2] == ["model"]:
        model(int(sys.argv[2]))
    else:
        main(*map(float, sys.argv[1:]))
