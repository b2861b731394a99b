"""Learning how unusual rows of the reference are."""

import json

import numpy as np
import pytest
from inference_exporter.detectors.outliers import learn as outliers
from inference_exporter.learning.learning import learn
from inference_exporter.reference.reference import load, save
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")


def learned(features, size):
    """Return the trait of a reference with these features."""
    batch = Batch(size, KEY, np.full(size, np.nan), features=features)
    return learn(batch, in_order=False).traits.get("outliers")


def normals(size, columns, seed=1):
    random = np.random.default_rng(seed)
    return {f"x{index}": random.normal(size=size) for index in range(columns)}


def test_each_score_is_calibrated():
    """All three scores have their calibration, the columns their correlation, and outliers their expected share."""
    trait = learned({**normals(2000, 3), "c": ["a", "b"] * 1000}, 2000)
    assert set(trait["calibrations"]) == {"surprise", "greatest", "dependence"}
    assert trait["columns"] == ["x0", "x1", "x2"]
    assert len(trait["correlation"]) == 3
    assert 0.3 < trait["coverage"] < 1.5
    assert trait["dispersion"] < 2


def test_a_few_rows_are_not_enough():
    """A reference with fewer than two hundred rows, or without features, has no standard for outliers."""
    assert learned(normals(199, 2), 199) is None
    assert learned(normals(200, 2), 200) is not None
    only_outputs = Batch(300, KEY, np.full(300, np.nan), prediction=["a", "b", "c"] * 100)
    assert "outliers" not in learn(only_outputs, in_order=False).traits


@pytest.mark.parametrize("features", [{"c": ["a", "b", None] * 100}, {"x": np.arange(300.0), "k": np.full(300, 7.0)}])
def test_one_number_depends_on_nothing(features):
    """With fewer than two numeric features that vary, dependence is left out."""
    assert set(learned(features, 300)["calibrations"]) == {"surprise", "greatest"}


@pytest.mark.parametrize(
    "values",
    [
        np.full(300, np.nan),
        np.full(300, 5.0),
        np.where(np.arange(300) % 2, 1e308, -1e308),
        np.where(np.arange(300) == 7, 1e300, 0.0),
        np.where(np.arange(300) % 3, np.inf, np.arange(300.0)),
    ],
    ids=["missing", "constant", "enormous", "one enormous", "infinite"],
)
def test_any_column_can_be_learned(values):
    """For any column the trait has only finite numbers, as JSON requires."""
    trait = learned({"odd": values, **normals(300, 2)}, 300)
    assert json.loads(json.dumps(trait, allow_nan=False)) == trait


@pytest.mark.slow
def test_of_very_many_columns_those_that_correlate_are_kept():
    """At most 64 numeric columns are used, including the correlated pairs."""
    features = normals(400, 150)
    features["x20"] = features["x140"] + 0.01 * features["x20"]
    trait = learned(features, 400)
    assert len(trait["columns"]) == outliers.NUMERIC_COLUMNS
    assert {"x20", "x140"} <= set(trait["columns"])
    assert len(json.dumps(trait)) < 50_000


def test_the_least_and_the_greatest_row_would_be_out_of_range_without_themselves():
    """Rows at the ends are scored as beyond the range of the others, because clean traffic has such values too."""
    size = 1000
    values = np.random.default_rng(3).normal(size=size)
    far = np.where(np.arange(size) == 10, 50.0, values)
    near, with_far = (learned({"x": column}, size)["calibrations"]["greatest"]["scale"] for column in (values, far))
    assert with_far > near * 1.2


def test_rows_of_a_large_reference_are_drawn(monkeypatch):
    """Only so many rows are scored, evenly over the reference."""
    monkeypatch.setattr(outliers, "ROWS", 500)
    assert learned(normals(2000, 2), 2000)["rows"] == 500


def test_chunks_change_nothing(monkeypatch):
    """Scoring in chunks that fit into memory gives the same numbers."""
    whole = learned(normals(1000, 3), 1000)
    monkeypatch.setattr(outliers, "VALUES_AT_ONCE", 100)
    assert learned(normals(1000, 3), 1000) == whole


def test_a_file_keeps_it(tmp_path):
    """A saved reference has its trait, and the trait is not part of its version."""
    size = 400
    reference = learn(Batch(size, KEY, np.full(size, np.nan), features=normals(size, 3)), in_order=False)
    save(reference, tmp_path / "reference.json")
    read = load(tmp_path / "reference.json")
    assert read.traits["outliers"] == reference.traits["outliers"]
    assert read.version == reference.version
