"""Problems of a schema: none on clean windows of real data, and each kind found where it is injected."""

import math
from functools import cache

import numpy as np
import pytest
from inference_exporter.arrays import column_rows
from inference_exporter.config.schema import FeatureConfig, ModelConfig, Window
from inference_exporter.explain.problems import problems_of, worse
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import load, save
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))
WALL = 1_800_000_000.0
SETS = ("bank_marketing", "bike_sharing", "electricity", "hotel_bookings")
N = 4000


def table_of(seed, n):
    """Return columns of many kinds."""
    draw = np.random.default_rng(seed)
    return {
        "age": draw.integers(18, 90, n).astype(float),
        "degrees": draw.normal(12, 6, n),
        "amount": draw.lognormal(3, 0.6, n),
        "sparse": np.where(draw.random(n) < 0.3, np.nan, draw.normal(0, 1, n)),
        "country": draw.choice(["FR", "DE", "ES", "IT"], n, p=[0.6, 0.2, 0.15, 0.05]).tolist(),
        "order": [f"A-{i:07d}" for i in draw.integers(0, 10**7, n)],
        "flag": draw.choice([True, False], n).tolist(),
    }


def rows(columns, picked):
    return {name: column_rows(column, picked) for name, column in columns.items()}


def reference_of(columns, n, raw=None, times=None):
    when = np.full(n, math.nan) if times is None else times
    batch = Batch(n, KEY, when, features=columns, raw=raw or {})
    return learn(batch, in_order=times is not None, created=WALL)


@cache
def usual():
    """Return a reference of the usual columns."""
    return reference_of(table_of(1, N), N)


def found(columns, reference=None, raw=None, window="5m", **settings):
    """Return the problems of one window of samples."""
    n = len(next(iter(columns.values())))
    monitor = Monitor(KEY, ModelConfig("m", "1", **settings), WINDOWS, reference or usual())
    monitor.add(Batch(n, KEY, np.full(n, WALL), features=columns, raw=raw or {}), WALL)
    view = monitor.view(WALL)
    return problems_of(view, next(each for each in view.windows if each.name == window))


def reasons(columns, **more):
    return {(problem.feature, problem.reason) for problem in found(columns, **more)}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_halves_of_real_data_have_no_problem(data_set, name):
    """Of two random parts of real data neither has a problem compared with the other, from 50 to 20,000 samples."""
    columns = data_set(name)
    size = len(next(iter(columns.values())))
    draw = np.random.default_rng(11)
    order = draw.permutation(size)
    half = order[: min(size // 2, 30_000)]
    reference = reference_of(rows(columns, half), len(half))
    for n in (50, 200, 1000, 5000, 20_000):
        assert found(rows(columns, order[size // 2 :][:n]), reference=reference) == []


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 200, 1000, 10_000])
def test_clean_windows_have_no_problem(n):
    """Windows of the reference's population have no problems, whatever the kind of column."""
    for seed in range(2, 8):
        assert found(table_of(seed, n)) == []


def with_share(column, share, value):
    """Return a column with a value put into some of its rows, evenly spaced."""
    listed = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return [value if row % round(1 / share) == 0 else old for row, old in enumerate(listed)]


CLEAN = table_of(2, 400)
INJECTED = {
    "missing": ("age", with_share(CLEAN["age"], 0.1, None)),
    "type": ("age", [str(int(value)) for value in CLEAN["age"]]),
    "invalid": ("amount", with_share(CLEAN["amount"], 0.1, "Infinity")),
    "range": ("age", with_share(CLEAN["age"], 0.1, 900.0)),
    "unseen": ("country", with_share(CLEAN["country"], 0.1, "PT")),
    "format": ("order", with_share(CLEAN["order"], 0.1, "see note")),
    "frozen": ("degrees", np.full(400, 12.5)),
    "unit": ("degrees", CLEAN["degrees"] * 1.8 + 32),
}


@pytest.mark.parametrize("reason", INJECTED)
def test_each_kind_is_seen(reason):
    """A fault in one feature is reported for it with its reason, and for no other feature."""
    feature, column = INJECTED[reason]
    seen = reasons({**CLEAN, feature: column})
    assert (feature, reason) in seen
    assert {name for name, _ in seen} == {feature}


@pytest.mark.parametrize("reason", [reason for reason in INJECTED if reason not in ("unit", "frozen")])
def test_one_strange_value_is_no_problem(reason):
    """One bad value in a window is counted, but not a problem of the feature."""
    feature, column = INJECTED[reason]
    values = CLEAN[feature].tolist() if isinstance(CLEAN[feature], np.ndarray) else list(CLEAN[feature])
    values[7] = column[0]
    assert reasons({**CLEAN, feature: values}) == set()


def test_booleans_and_lists_are_of_the_wrong_type():
    """True instead of a number, and a list for anything, are of the wrong type."""
    assert ("age", "type") in reasons({**CLEAN, "age": [True] * 200 + [False] * 200})
    assert ("country", "type") in reasons({**CLEAN, "country": [["FR"]] * 400})


def test_an_absent_key_is_not_a_null():
    """A feature in no sample is absent; one that is null in all is missing."""
    without = {name: column for name, column in CLEAN.items() if name != "age"}
    assert reasons(without) == {("age", "absent")}
    assert reasons({**CLEAN, "age": [None] * 400}) == {("age", "missing")}


def test_an_absent_feature_that_came_under_another_name_is_renamed():
    """The new name is suggested, whether the names are similar or only the values are."""
    for to in ("customerAge", "f3"):
        columns = {to if name == "age" else name: column for name, column in CLEAN.items()}
        (problem,) = found(columns)
        assert (problem.feature, problem.reason, problem.to) == ("age", "renamed", to)


def test_two_that_were_renamed_find_their_own_names():
    """Several simultaneous renames are distinguished."""
    renamed = {"age": "age_years", "amount": "Amount", "country": "country_code"}
    columns = {renamed.get(name, name): column for name, column in CLEAN.items()}
    assert {(p.feature, p.to) for p in found(columns)} == set(renamed.items())


def test_a_new_name_alone_is_no_problem():
    """An additional name is not a problem of a feature."""
    assert reasons({**CLEAN, "age_2": CLEAN["age"]}) == set()


def test_a_broken_rule_is_reported():
    """Rules are strict: three samples and 1 % that break one are a problem."""
    rule = {"age": FeatureConfig(maximum=60, required=True)}
    (problem,) = found(CLEAN, features=rule)
    assert (problem.feature, problem.reason) == ("age", "rule") and "maximum" in problem.text
    assert found(CLEAN, features={"age": FeatureConfig(minimum=18, maximum=90)}) == []


def test_skew_is_judged_by_the_reference():
    """If the reference's rows had raw values, more differences than there are a problem, up to all."""
    columns = table_of(3, N)
    raw = {"age": columns["age"], "amount": columns["amount"] / 2}
    reference = reference_of(columns, N, raw)
    same = {"age": CLEAN["age"], "amount": CLEAN["amount"] / 2}
    assert found(CLEAN, reference=reference, raw=same) == []
    assert reasons(CLEAN, reference=reference, raw={"age": CLEAN["age"] + 1}) == {("age", "skew")}


def test_skew_without_a_reference_is_judged_by_its_share():
    """Without raw values in the reference, a permanent difference is by design, an occasional one is not."""
    assert found(CLEAN, raw={"age": CLEAN["age"] / 100}) == []
    sometimes = np.where(np.arange(400) % 10 == 0, CLEAN["age"] + 1, CLEAN["age"])
    assert reasons(CLEAN, raw={"age": sometimes}) == {("age", "skew")}


def test_a_slow_feature_is_not_frozen():
    """A feature that often stands for an hour is not frozen in a window of minutes; a fast one would be."""
    times = WALL - 86_400 * 30 + np.arange(N) * 60.0
    columns = {"hour": np.floor(times / 3600) % 24, "x": np.random.default_rng(1).normal(0, 1, N)}
    reference = reference_of(columns, N, times=times)
    window = {"hour": np.full(300, 7.0), "x": np.full(300, 0.5)}
    monitor = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)
    monitor.add(Batch(300, KEY, WALL - 299 + np.arange(300.0), features=window), WALL)
    view = monitor.view(WALL)
    assert {(p.feature, p.reason) for p in problems_of(view, view.windows[0])} == {("x", "frozen")}


def test_a_window_with_few_samples_is_not_judged():
    """With too few samples nothing is reported."""
    assert found({name: column[:49] for name, column in {**CLEAN, "age": [None] * 400}.items()}) == []


def test_changes_of_unit_are_found_in_the_shortest_and_longest_window():
    """A change of unit is reported in the shortest and in the longest window."""
    columns = {**CLEAN, "amount": CLEAN["amount"] * 1000}
    for window in ("5m", "1h"):
        assert ("amount", "unit") in reasons(columns, window=window)


@pytest.mark.slow
def test_a_file_keeps_what_problems_are_judged_by(tmp_path):
    """A reference that was saved and loaded finds the same problems."""
    save(usual(), tmp_path / "reference.json")
    again = load(tmp_path / "reference.json")
    for feature, column in INJECTED.values():
        columns = {**CLEAN, feature: column}
        assert found(columns, reference=again) == found(columns)


def test_a_share_must_matter_and_be_no_chance():
    """Both are required: three values and a percentage point, and a probability below the significance."""
    k, n, zero, m = (np.array(values, dtype=float) for values in
                     ([2, 3, 40, 15, 40], [50, 50, 20_000, 100, 400], [0] * 5, [1000] * 5))  # fmt: skip
    assert worse(k, n, zero, m, 1e-7).tolist() == [False, False, False, True, True]
    assert worse(np.array([40.0]), np.array([400.0]), np.array([100.0]), np.array([1000.0]), 1e-7).tolist() == [False]
