"""A real Kafka broker for tests: Apache Kafka from Maven Central, one node in KRaft mode."""

import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

VERSION = "4.1.1"
CACHE = Path.home() / ".cache" / "inference-exporter-tests" / f"kafka-{VERSION}"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>tests</groupId><artifactId>broker</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
<version>{VERSION}</version></dependency></dependencies></project>"""
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.partitions=6
"""


class Missing(Exception):
    """What is needed for a broker is not there; the message says what."""


def jars() -> str:
    """Return the class path of the broker, fetched by Maven on the first call."""
    java, maven = shutil.which("java"), shutil.which("mvn")
    if not java:
        raise Missing("java is missing")
    if not (CACHE / "complete").exists():
        if not maven:
            raise Missing("mvn is missing")
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "pom.xml").write_text(POM)
        fetch = [maven, "-q", "-B", "-f", str(CACHE / "pom.xml"), "dependency:copy-dependencies",
                 "-DincludeScope=runtime", f"-DoutputDirectory={CACHE / 'jars'}"]  # fmt: skip
        done = subprocess.run(fetch, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise Missing(f"Maven cannot fetch Kafka {VERSION}: {done.stdout[-300:]}")
        (CACHE / "complete").touch()
    return f"{CACHE / 'jars'}/*"


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Broker:
    """One node, from its start to `stop`."""

    def __init__(self, folder: Path) -> None:
        path = jars()
        port, controller = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        config = folder / "server.properties"
        config.write_text(PROPERTIES.format(port=port, controller=controller, folder=folder / "data"))
        java = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", path]
        form = [*java, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", str(config)]
        subprocess.run(form, check=True, capture_output=True, timeout=300)
        self._log = (folder / "broker.log").open("w")
        self._process = subprocess.Popen(
            [*java, "kafka.Kafka", str(config)], stdout=self._log, stderr=subprocess.STDOUT
        )
        self._await(port)

    def _await(self, port: int) -> None:
        pause, until = threading.Event(), time.monotonic() + 300
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                pause.wait(0.1)
        raise Missing("the broker does not start")

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._log.close()
