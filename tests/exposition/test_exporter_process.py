"""The exporter's own process, compared with prometheus-client's metrics of the same process."""

import os
import subprocess
import sys

import pytest
from inference_exporter.exposition._exporter_process import process_families
from prometheus_client import CollectorRegistry, ProcessCollector

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prometheus-client reads /proc")


def test_is_told_as_every_client_library_does():
    """Names, kinds, help texts and values are those of prometheus-client."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    theirs = {metric.name: metric for metric in registry.collect()}
    ours = {family.name: family for family in process_families()}
    assert list(ours) == list(theirs)
    for name, family in ours.items():
        assert (family.kind, family.help) == (theirs[name].type, theirs[name].documentation)
        value, expected = family.series[0].value, theirs[name].samples[0].value
        assert value == pytest.approx(expected, rel=0.05, abs=1.0)


def test_the_front_counts_as_well():
    """Memory is the sum of this process and the front."""
    with subprocess.Popen([sys.executable, "-c", "print('up', flush=True); input()"], stdin=-1, stdout=-1) as front:
        front.stdout.readline()
        alone, both = (
            {family.name: family.series[0].value for family in process_families(pid)}
            for pid in (os.getpid(), front.pid)
        )
        front.communicate(b"\n")
    assert both["process_resident_memory_bytes"] > alone["process_resident_memory_bytes"] + 2**20
    assert both["process_start_time_seconds"] == alone["process_start_time_seconds"]
    assert both["process_open_fds"] == pytest.approx(alone["process_open_fds"], abs=3)
