"""The reference: learned from columns, written to a file, and read back unchanged."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.schema import FeatureConfig
from inference_exporter.errors import ReferenceFault
from inference_exporter.reference.reference import build, load, looks_like_classes, save
from inference_exporter.samples.batch import POSITIVE
from inference_exporter.samples.batch_rows import concatenated

NOW = 1_800_000_000.0
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.sampled_from(["a", "b", "1", "", "café", "\n"]),
    st.just([1]), st.sampled_from([1e308, -1e308, 5e-324, 10**400]),
)  # fmt: skip
TABLES = st.integers(1, 30).flatmap(
    lambda rows: st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.lists(VALUES, min_size=rows, max_size=rows)
        | st.lists(st.floats(), min_size=rows, max_size=rows).map(np.array),
        min_size=1,
        max_size=4,
    )
)


def rows_of(table):
    return len(next(iter(table.values())))


def contents(reference):
    """Return everything in a reference as plain values, for comparison."""
    columns = [
        (
            c.group,
            c.name,
            c.numeric,
            c.counts.tolist(),
            repr(c.mean),
            repr(c.stddev),
            c.atoms.tolist(),
            c.buckets.bounds,
        )
        for c in reference.columns
    ]
    return (columns, reference.rows, reference.created, reference.model, reference.model_version, reference.performance)


@given(TABLES)
def test_a_file_keeps_everything(tmp_path_factory, table):
    """A loaded reference equals the saved one: buckets, counts, moments, version, whatever the values."""
    path = tmp_path_factory.mktemp("reference") / "r.reference.json"
    reference = build(table, rows_of(table), created=NOW, model="m", model_version="1")
    save(reference, path)
    loaded = load(path)
    assert contents(loaded) == contents(reference)
    assert loaded.version == reference.version
    assert [p.name for p in path.parent.iterdir()] == [path.name], "nothing half written is left"


@given(TABLES)
def test_counts_are_conserved(table):
    """Each row is counted once in each column."""
    reference = build(table, rows_of(table), created=NOW)
    assert [int(column.counts.sum()) for column in reference.columns] == [rows_of(table)] * len(table)


@given(TABLES)
def test_the_version_is_of_the_content(table):
    """The same data gives the same version, whoever made it and whenever."""
    one = build(table, rows_of(table), created=NOW, model="a")
    other = build(table, rows_of(table), created=0.0, model="b", performance={"accuracy_ratio": {"": 0.9}})
    assert one.version == other.version
    assert len(one.version) == 12


def test_other_data_is_another_version():
    """One value in another bucket, or another bucket, makes another version."""
    values = list(map(float, range(100)))
    versions = {
        build({"x": values}, 100).version,
        build({"y": values}, 100).version,
        build({"x": [*values[:-1], 3.0]}, 100).version,
        build({"x": [*values[:-1], 100.0]}, 100).version,
        build({"x": list(map(str, values))}, 100).version,
        build({"x": values}, 100, prediction=values).version,
    }
    assert len(versions) == 6


def test_moments_are_those_of_the_finite_values():
    """Mean and standard deviation leave out missing and infinite values."""
    (column,) = build({"x": np.array([1.0, 2.0, 6.0, np.nan, np.inf])}, 5).columns
    assert column.mean == 3.0
    assert column.stddev == pytest.approx(np.std([1, 2, 6], ddof=1))
    assert column.counts[-2:].tolist() == [1, 1]


def test_a_constant_has_no_spread():
    """Rounding does not give a constant column a standard deviation."""
    (column,) = build({"x": np.full(1000, 0.1)}, 1000).columns
    assert column.stddev == 0.0


def test_settings_say_what_a_feature_is():
    """Codes can be categories, numbers written as text can be numbers, and a feature can be left out."""
    settings = {"code": FeatureConfig(kind="categorical"), "text": FeatureConfig(kind="numeric")}
    reference = build(
        {"code": [1, 2, 1, 7], "text": ["1.5", "2", "x", None], "no": [1, 2, 3, 4]},
        4,
        settings=settings | {"no": FeatureConfig(ignore=True)},
    )
    assert [(column.name, column.numeric) for column in reference.columns] == [("code", False), ("text", True)]
    assert reference.columns[0].buckets.categories == ("1", "2", "7")
    assert reference.columns[1].mean == 1.75


@pytest.mark.parametrize(
    ("prediction", "task"),
    [(["a", "b"], "classification"), ([True, False], "classification"), ([0, 1], "classification"),
     (np.array([0.0, 1.0]), "classification"), ([1.5, 2.0], "regression"), (list(range(30)), "regression")],
)  # fmt: skip
def test_the_prediction_tells_the_task(prediction, task):
    """Text, booleans, and a few whole numbers are classes; other numbers are quantities."""
    assert looks_like_classes(prediction) is (task == "classification")
    assert build({}, len(prediction), prediction=prediction).task == task


def test_the_configured_task_wins():
    """A model with few whole numbers is a regression if the configuration says so."""
    assert build({}, 4, prediction=[1, 2, 3, 1], task="regression").task == "regression"
    assert build({"x": [1.0]}, 1).task == "auto"


@pytest.mark.parametrize(
    ("prediction", "name"), [(["no", "yes"], "yes"), ([0, 1], "1"), (["a", "b", "c"], POSITIVE), (None, POSITIVE)]
)
def test_a_bare_score_is_that_of_the_later_class(prediction, name):
    """Of two classes an unnamed score belongs to the second in order, as in scikit-learn; otherwise its name stays."""
    rows = len(prediction or [1, 2])
    reference = build({}, rows, prediction=prediction, scores={POSITIVE: np.linspace(0, 1, rows)})
    assert [column.name for column in reference.of_group("score")] == [name]


@pytest.mark.parametrize(("features", "rows"), [({}, 5), ({"x": []}, 0)])
def test_nothing_makes_no_reference(features, rows):
    """A reference needs rows and columns."""
    with pytest.raises(ReferenceFault, match=rf"a reference needs rows and columns, got {rows} rows"):
        build(features, rows)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "fraud.reference.json"
    save(build({"x": [1.0, 2.0, 3.0], "c": ["a", "b", "a"]}, 3, created=NOW, model="fraud"), path)
    return path


BROKEN = "expected a complete reference, got a broken one"
EDITED = "was it edited?"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "other 2", "expected format 'inference-exporter reference 1', got 'other 2'"),
        ("format", None, "expected format 'inference-exporter reference 1', got None"),
        ("columns", None, BROKEN),
        ("columns", 3, BROKEN),
        ("columns", [], EDITED),
        ("rows", "many", BROKEN),
        ("performance", [1], BROKEN),
        ("performance", {"accuracy_ratio": 0.9}, BROKEN),
        ("performance", {"accuracy_ratio": {"": "high"}}, BROKEN),
        ("version", "000000000000", "expected version '000000000000', got"),
    ],
)
def test_a_broken_file_is_refused(written, key, value, message):
    """Whatever is wrong, the message names the file and what was expected."""
    content = json.loads(written.read_text(encoding="utf-8"))
    content[key] = value
    refused(written, content, message)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("counts", [1], "counts, got 1"),
        ("counts", "abc", BROKEN),
        ("cuts", None, BROKEN),
        ("exposed", [0, 99], EDITED),
        ("mean", "high", BROKEN),
        ("mean", 2.5, EDITED),
        ("atoms", [], EDITED),
        ("group", "other", EDITED),
        ("name", 3, EDITED),
    ],
)
def test_a_broken_column_is_refused(written, key, value, message):
    """A fault in a column is rejected too: the version is a hash of the columns."""
    content = json.loads(written.read_text(encoding="utf-8"))
    content["columns"][0][key] = value
    refused(written, content, message)


def refused(path, content, message):
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ReferenceFault) as fault:
        load(path)
    assert str(fault.value).startswith(f"{path}: ")
    assert message in str(fault.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a reference file (JSON), got:"),
        (b"{", "expected a reference file (JSON), got:"),
        (b"\xff\xfe", "expected a reference file (JSON), got:"),
        (b"[1]", "expected format 'inference-exporter reference 1', got 'list'"),
        (b"[" * 100_000, "expected a reference file (JSON), got:"),
    ],
    ids=["empty", "half", "not text", "a list", "too deep"],
)
def test_what_is_no_reference_is_refused(tmp_path, content, message):
    """A file of another kind is rejected."""
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(ReferenceFault) as fault:
        load(path)
    assert message in str(fault.value)


def test_a_missing_file_is_named(tmp_path):
    """A missing file is named, with the reason."""
    with pytest.raises(ReferenceFault, match=r"none.json: cannot be read: No such file or directory"):
        load(tmp_path / "none.json")


@given(st.data())
def test_half_a_file_is_refused(tmp_path_factory, data):
    """A truncated file is rejected, never read as less."""
    path = tmp_path_factory.mktemp("reference") / "r.json"
    save(build({"x": [1.0, 2.0, 3.0]}, 3, created=NOW), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 3))])
    with pytest.raises(ReferenceFault):
        load(path)


def test_batches_are_put_together():
    """Columns of several batches are joined; they are missing in batches without them."""
    assert concatenated([np.array([1.0]), np.array([2.0, 3.0])], [1, 2]).tolist() == [1.0, 2.0, 3.0]
    assert concatenated([["a"], None, ["b", None]], [1, 2, 2]) == ["a", None, None, "b", None]
    mixed = concatenated([np.array([1.0]), ["x"]], [1, 1])
    assert mixed == [1.0, "x"]
    assert not math.isnan(mixed[0])


def test_people_see_the_least_and_greatest_value(tmp_path):
    """Outer cuts are off the values; the range, and the buckets as people read them, are not."""
    table = {"age": np.tile(np.arange(18.0, 91.0), 20), "flag": np.tile([0.0, 1.0], 730)}
    save(build(table, 1460), tmp_path / "r.json")
    age, flag = load(tmp_path / "r.json").columns
    assert (age.range, flag.range) == ((18.0, 90.0), (0.0, 1.0))
    assert (age.bounds[0].upper, age.bounds[1].lower) == (18.0, 18.0)
    assert flag.bounds[0].upper == 0.0
    assert age.buckets.cuts[0] < 18.0


def test_a_file_without_extremes_still_has_a_range(tmp_path):
    """Older files, without extremes, show their outer cuts."""
    reference = build({"a": np.array([1.0, 2.0])}, 2)
    old = replace(reference, columns=(replace(reference.columns[0], minimum=math.nan, maximum=math.nan),))
    save(old, tmp_path / "old.json")
    low, high = load(tmp_path / "old.json").columns[0].range
    assert low == pytest.approx(1.0, rel=0.01) and high == pytest.approx(2.0, rel=0.01)
    assert old.version == reference.version
