"""Outliers on the page and in the JSON."""

from dataclasses import replace

import pytest
from inference_exporter.config.schema import Config, ModelConfig, OutliersConfig
from inference_exporter.detectors.sources.watch import SourceShare
from inference_exporter.page.outliers import outliers_summary, signs_of


@pytest.fixture
def attacked(site):
    """Return a function that starts a site with a learned model and one extreme sample from a known client."""

    def start(values="none"):
        models = (ModelConfig(name="moved", version="1", outliers=OutliersConfig(values=values)),)
        started = site(Config(models=models))
        started.drifting("moved", tags={"client": "alice"})
        far = {"moved": 1e6, "same": 0.25}
        started.samples([{"model": "moved", "version": "1", "id": "far-one", "features": far}])
        return started

    return start


def test_page_tells_the_most_extreme_samples(attacked):
    """The model's page lists outliers with the unusual values, and warns of unusual inputs."""
    page = attacked().page(model="moved", window="5m")
    assert "The most extreme outliers" in page.text
    assert "far-one" in page.text
    assert "are unlike anything in the reference" in page.text


@pytest.mark.parametrize(("values", "shown"), [("none", ""), ("numeric", "1000000.0"), ("all", "1000000.0")])
def test_raw_values_only_where_configured(attacked, values, shown):
    """Raw values are kept and shown as configured, by default not at all."""
    answer = attacked(values).get("/api/v1/models/moved/1/champion/outliers", window="5m")
    told = next(one for one in answer.json["most_extreme"] if one["id"] == "far-one")
    assert told["features"][0]["value"] == shown
    if not shown:
        assert "1000000" not in answer.text


@pytest.mark.parametrize(("values", "name"), [("none", "4deaec0cce54da89"), ("all", "alice")])
def test_sources_are_hashed_unless_configured(attacked, values, name):
    """A source is shown as a hash, or by name if all values are kept."""
    answer = attacked(values).get("/api/v1/models/moved/1/champion/outliers", window="5m")
    (source,) = answer.json["sources"]
    assert (source["tag"], source["source"], source["max_share"]) == ("client", name, 1.0)
    assert ("alice" in answer.text) == (values == "all")


def test_a_reference_without_traits_tells_nothing(watched):
    """If the reference cannot judge outliers, everything is unknown and the page has no section."""
    started = watched()
    started.add(300)
    view = started.view()
    summary = outliers_summary(view, view.windows[0])
    assert summary.inputs_unusual is summary.near_duplicate_flood is summary.prediction_probing is None
    assert summary.outlier_ratio != summary.outlier_ratio
    assert signs_of(summary) == []


def test_each_sign_is_a_sentence(watched):
    """Every sign of an attack has its sentence."""
    view = watched().view()
    summary = replace(
        outliers_summary(view, view.windows[0]),
        inputs_unusual=True,
        outlier_ratio=0.25,
        outlier_expected_ratio=0.001,
        near_duplicate_flood=True,
        near_duplicate_ratio=0.5,
        prediction_probing=True,
        sources=[SourceShare("client", "ab", 100, 0.9, 0.01, 1.0), SourceShare("ip", "cd", 100, 0.1, 0.1, 0.0)],
    )
    assert signs_of(summary) == [
        "25% of the samples are unlike anything in the reference (0.1% expected).",
        "Samples repeat as often as if 50% of them were copies of a single one.",
        "Many nearly identical samples have different predictions: somebody may be probing the model.",
        "90% of the samples come from a single client, far more than usual.",
    ]
