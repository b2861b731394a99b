"""Properties of every measure of realised performance."""

import pkgutil

import pytest
from inference_exporter.measures import performance
from inference_exporter.measures.performance import CLASSIFICATION_MEASURES, LABELLED_MEASURES, REGRESSION_MEASURES

ALL = [*CLASSIFICATION_MEASURES.values(), *REGRESSION_MEASURES.values(), *LABELLED_MEASURES.values()]


@pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure.key)
def test_says_what_it_is(measure):
    """A measure has a key fit for a metric name, a title, and a help text of one sentence."""
    assert measure.key.replace("_", "a").isalnum()
    assert measure.key == measure.key.lower()
    assert measure.help.endswith(".")


def test_every_file_is_registered():
    """A measure without its registration line fails here."""
    files = {module.name for module in pkgutil.iter_modules(performance.__path__) if not module.name.startswith("_")}
    assert {measure.compute.__module__.rpartition(".")[2] for measure in ALL} == files


def test_keys_do_not_clash():
    """Two measures never share a metric name, whatever they are measured on."""
    assert len({measure.key for measure in ALL}) == len(ALL)
