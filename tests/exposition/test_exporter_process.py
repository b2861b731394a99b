"""The exporter's own process, compared with prometheus-client's metrics of the same process."""

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
