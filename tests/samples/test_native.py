"""The native sample: the rules of every field, and bad records that affect only themselves."""

import math
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.samples import native
from inference_exporter.samples.batch import POSITIVE, ModelKey
from inference_exporter.samples.grouping import MODELS_AT_ONCE
from inference_exporter.samples.native import outcomes_of, samples_of
from inference_exporter.samples.objects import CELLS_AT_MOST
from inference_exporter.samples.records import Columns, Rows
from inference_exporter.values.faults import Fault
from inference_exporter.values.times import parsed_time

MOMENT = datetime(2026, 11, 22, 1, 2, 3, 4000, tzinfo=UTC).timestamp()

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(10**400),
    st.sampled_from(["a", "1", "NaN", "2026-11-22T01:02:03Z", "champion", "\ud800"]),
)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = st.sampled_from([
    "id", "time", "model", "version", "variant", "features", "prediction", "scores", "latency_seconds", "code",
    "stages", "trace_id", "outcome", "raw", "tags", "other", "intermediate", "action",
])  # fmt: skip
SENSIBLE = st.fixed_dictionaries(
    {"features": st.fixed_dictionaries({"x": st.integers(0, 9), "c": st.sampled_from("ab")})},
    optional={"id": st.text(min_size=1, max_size=3), "prediction": st.sampled_from("yn"),
              "outcome": st.sampled_from("yn"), "version": st.sampled_from([7, "7", 7.0, True])},
)  # fmt: skip
RECORDS = st.lists(SENSIBLE | st.dictionaries(FIELDS, JSON, max_size=5) | JSON, max_size=8)


def rows(*records):
    return Rows(records, range(len(records)))


def taken(*records):
    """Return the single batch of some records."""
    (decoded,) = samples_of([rows(*records)])
    assert not decoded.rejected
    (batch,) = decoded.batches
    return batch


def fault(record, of=samples_of):
    """Return why a record is rejected."""
    (decoded,) = of([rows(record)])
    assert not decoded.batches
    (rejected,) = decoded.rejected
    return rejected.message


def size_of(batch):
    return batch.size if hasattr(batch, "size") else len(batch.ids)


def whole(batch):
    """Return whether every column of a batch has one value per sample."""
    columns = [batch.times, *(column for column in (batch.ids,) if column is not None)]
    if hasattr(batch, "size"):
        columns += [*batch.features.values(), *batch.scores.values(), *batch.stages.values()]
        columns += [c for c in (batch.prediction, batch.latency_seconds, batch.codes, batch.trace_ids) if c is not None]
    else:
        columns.append(batch.values)
    return all(len(column) == size_of(batch) for column in columns) and batch.times.ndim == 1


@pytest.mark.parametrize("of", [samples_of, outcomes_of])
class TestAnything:
    @given(records=RECORDS)
    def test_every_record_is_accepted_or_rejected(self, of, records):
        """No input raises, and accepted plus rejected records equal those sent."""
        (decoded,) = of([rows(*records)])
        assert sum(map(size_of, decoded.batches)) + len(decoded.rejected) == len(records)
        assert all(map(whole, decoded.batches))
        places = [rejected.index for rejected in decoded.rejected]
        assert places == sorted(set(places))
        assert all(rejected.message and rejected.reason for rejected in decoded.rejected)

    @pytest.mark.slow
    @given(records=RECORDS)
    def test_a_record_does_not_depend_on_its_neighbours(self, of, records):
        """Each record is accepted or rejected as if it had been sent alone."""
        (together,) = of([rows(*records)])
        rejected = {item.index for item in together.rejected}
        for place, record in enumerate(records):
            (alone,) = of([rows(record)])
            assert (place in rejected) == bool(alone.rejected)

    @given(fields=st.dictionaries(FIELDS, JSON | st.lists(SCALARS, min_size=2, max_size=2), max_size=4),
           shared=st.dictionaries(FIELDS, JSON, max_size=2))  # fmt: skip
    def test_columns_of_anything(self, of, fields, shared):
        """Columns of any shape are accepted, or rejected as a whole or record by record."""
        (decoded,) = of([Columns(fields, shared)])
        assert all(map(whole, decoded.batches))
        if any(rejected.reason == "invalid_columns" for rejected in decoded.rejected):
            assert len(decoded.rejected) == 1
            assert not decoded.batches


GOOD = {"id": "r1", "features": {"x": 1.5, "c": "a"}, "prediction": "yes"}


def test_good_records_of_a_bad_batch_are_kept():
    """Only the bad record is rejected, with its position."""
    (decoded,) = samples_of([rows(GOOD, {**GOOD, "code": 999}, GOOD, "nonsense", GOOD)])
    assert sum(batch.size for batch in decoded.batches) == 3
    assert [(rejected.index, rejected.reason) for rejected in decoded.rejected] == [
        (1, "invalid_field"),
        (3, "not_an_object"),
    ]


def test_records_of_several_models_become_a_batch_each():
    """Samples are grouped by model, version and variant; an integer is a valid version."""
    records = [{**GOOD, "model": model, "version": version} for model, version in (("a", "1"), ("b", 2), ("a", "1"))]
    (decoded,) = samples_of([rows(*records)])
    assert {(batch.key, batch.size) for batch in decoded.batches} == {(ModelKey("a", "1"), 2), (ModelKey("b", "2"), 1)}


def test_equal_versions_of_other_types_do_not_share_a_fate():
    """7 is a valid version, 7.0 and true are not, in any order."""
    for versions in ([7.0, 7, True, 1], [1, True, 7, 7.0]):
        (decoded,) = samples_of([rows(*({**GOOD, "version": version} for version in versions))])
        assert sorted(batch.key.version for batch in decoded.batches) == ["1", "7"]
        assert len(decoded.rejected) == 2


class TestTime:
    @pytest.mark.parametrize(
        "text",
        ["2026-11-22T01:02:03.004Z", "2026-11-22t01:02:03.004z", "2026-11-22 01:02:03.004+00:00",
         "2026-11-22T01:02:03.004000000Z", "2026-11-22T02:32:03.004+01:30", "2026-11-21T20:02:03.004-05:00",
         "2026-11-22T01:02:03.004", "20261122T010203.004Z"],
    )  # fmt: skip
    def test_rfc_3339(self, text):
        """Common notations with any zone; without a zone it is UTC."""
        assert parsed_time(text) == pytest.approx(MOMENT)
        assert taken({**GOOD, "time": text}).times[0] == pytest.approx(MOMENT)

    @pytest.mark.parametrize("number", [MOMENT, MOMENT * 1000, int(MOMENT), int(MOMENT * 1000)])
    def test_numbers(self, number):
        """Unix seconds or milliseconds, as written by Python and JavaScript."""
        assert parsed_time(number) == pytest.approx(MOMENT, abs=1)
        assert taken({**GOOD, "time": number}).times[0] == pytest.approx(MOMENT, abs=1)

    def test_mixed(self):
        """A batch may mix text, numbers and missing times."""
        times = ["2026-11-22T01:02:03.004Z", MOMENT, MOMENT * 1000, None, math.nan]
        batch = taken(*({**GOOD, "time": time} for time in times))
        assert batch.times == pytest.approx([MOMENT, MOMENT, MOMENT, math.nan, math.nan], nan_ok=True)

    def test_a_far_year_is_no_milliseconds(self):
        """The year 9999 in a text is not mistaken for milliseconds."""
        assert parsed_time("9999-12-31T00:00:00Z") == datetime(9999, 12, 31, tzinfo=UTC).timestamp()

    @pytest.mark.parametrize(
        "value", ["yesterday", "", "2026-13-01", "12:00", True, [1], {}, 10**400, math.inf, 1e21, "1700000000"]
    )
    def test_what_is_no_time(self, value):
        """Anything else is rejected with the expectation and the value."""
        with pytest.raises(Fault, match=r"^time: expected (RFC 3339 or Unix seconds|Unix seconds or RFC 3339), got "):
            parsed_time(value)
        assert fault({**GOOD, "time": value}).startswith("time: expected ")


RULES = [
    ({"model": 1.5}, "model: expected text of at most 128 characters, got 1.5"),
    ({"model": "m" * 200}, "model: expected text of at most 128 characters, got 'mmm"),
    ({"version": True}, "version: expected text of at most 128 characters, got True"),
    ({"version": [1]}, "model, version, variant: expected text, got a list or an object"),
    ({"variant": "winner"}, "variant: expected one of champion, challenger, shadow, got 'winner'"),
    ({"features": [1]}, "features: expected an object, got a list"),
    ({"features": "x"}, "features: expected an object, got 'x'"),
    ({"features": None, "prediction": None}, "expected features or a prediction, got neither"),
    ({"prediction": [1]}, "prediction: expected text, a number or true/false, got a list"),
    ({"prediction": {"a": 1}}, "prediction: expected text, a number or true/false, got an object"),
    ({"scores": "0.9"}, "scores: expected a number, got '0.9'"),
    ({"scores": {"yes": "0.9"}}, "scores.yes: expected a number, got '0.9'"),
    ({"scores": {"yes": True}}, "scores.yes: expected a number, got True"),
    ({"scores": {"yes": 10**400}}, "scores.yes: expected a number, got one that is too large"),
    ({"id": 1.5}, "id: expected text or a whole number, got 1.5"),
    ({"id": ["a"]}, "id: expected text or a whole number, got a list"),
    ({"latency_seconds": -1}, "latency_seconds: expected seconds, 0 or more, got -1"),
    ({"latency_seconds": "12ms"}, "latency_seconds: expected a number, got '12ms'"),
    ({"latency_seconds": math.inf}, "latency_seconds: expected seconds, 0 or more, got inf"),
    ({"code": 99}, "code: expected an HTTP status from 100 to 599, got 99"),
    ({"code": 600}, "code: expected an HTTP status from 100 to 599, got 600"),
    ({"code": "200"}, "code: expected an HTTP status from 100 to 599, got '200'"),
    ({"code": 200.5}, "code: expected an HTTP status from 100 to 599, got 200.5"),
    ({"stages": {"predict": -0.1}}, "stages.predict: expected seconds, 0 or more, got -0.1"),
    ({"stages": {"predict": "fast"}}, "stages.predict: expected a number, got 'fast'"),
    ({"stages": [1]}, "stages: expected an object, got a list"),
    ({"trace_id": 7}, "trace_id: expected text, got 7"),
]


@pytest.mark.parametrize(("change", "message"), RULES, ids=[f"{next(iter(c))} {m[-12:]}" for c, m in RULES])
def test_each_rule_says_field_expectation_and_value(change, message):
    """A rejection names the field, the expectation and the value."""
    assert fault({**GOOD, **change}).startswith(message)


OUTCOME_RULES = [
    ({"outcome": "yes"}, "id: expected the id of a prediction, got nothing"),
    ({"id": None, "outcome": 1}, "id: expected the id of a prediction, got nothing"),
    ({"id": "r1"}, "outcome: expected text, a number or true/false, got nothing"),
    ({"id": "r1", "outcome": None}, "outcome: expected text, a number or true/false, got nothing"),
    ({"id": "r1", "outcome": math.nan}, "outcome: expected text, a number or true/false, got nothing"),
    ({"id": "r1", "outcome": [1]}, "outcome: expected text, a number or true/false, got a list"),
    ({"id": "r1", "outcome": 1, "time": "soon"}, "time: expected RFC 3339 or Unix seconds, got 'soon'"),
]


@pytest.mark.parametrize(("record", "message"), OUTCOME_RULES)
def test_each_rule_of_outcomes(record, message):
    """So does the rejection of an outcome."""
    assert fault(record, outcomes_of).startswith(message)


def test_fields_become_columns():
    """Each field of the contract's sample is read."""
    batch = taken({
        "id": "r-1", "time": "2026-11-22T01:02:03.004Z", "model": "fraud", "version": "7", "variant": "shadow",
        "features": {"age": 31, "country": "FR"}, "prediction": "fraud", "scores": {"fraud": 0.91, "ok": 0.09},
        "latency_seconds": 0.012, "code": 200, "stages": {"preprocess": 0.002, "predict": 0.009},
        "intermediate": {"gbm": 0.88, "net": 0.93}, "raw": {"country": "France"}, "action": "blocked",
        "tags": {"region": "eu"}, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "attributions": {"age": 0.2},
    })  # fmt: skip
    assert batch.key == ModelKey("fraud", "7", "shadow")
    assert batch.times[0] == pytest.approx(MOMENT)
    assert {name: list(column) for name, column in batch.features.items()} == {"age": [31], "country": ["FR"]}
    assert list(batch.prediction) == ["fraud"]
    assert {name: column.tolist() for name, column in batch.scores.items()} == {"fraud": [0.91], "ok": [0.09]}
    assert list(batch.ids) == ["r-1"]
    assert batch.latency_seconds.tolist() == [0.012]
    assert list(batch.codes) == [200]
    assert {name: column.tolist() for name, column in batch.stages.items()} == {
        "preprocess": [0.002],
        "predict": [0.009],
    }
    assert list(batch.trace_ids) == ["4bf92f3577b34da6a3ce929d0e0e4736"]
    assert {name: list(column) for name, column in batch.tags.items()} == {"region": ["eu"]}
    assert {name: list(column) for name, column in batch.raw.items()} == {"country": ["France"]}
    assert {name: list(column) for name, column in batch.attributions.items()} == {"age": [0.2]}


def test_a_bare_score_is_that_of_the_positive_class():
    """A bare number is the score of the positive class; a batch may mix both forms."""
    assert taken({**GOOD, "scores": 0.9}, {**GOOD, "scores": None}).scores[POSITIVE].tolist()[0] == 0.9
    both = taken({**GOOD, "scores": 0.9}, {**GOOD, "scores": {"yes": 0.8}}).scores
    assert both[POSITIVE].tolist()[0] == 0.9
    assert both["yes"].tolist()[1] == 0.8


def test_missing_fields_are_missing():
    """Missing fields become NaN in numbers, None elsewhere, and status 200."""
    batch = taken({**GOOD, "latency_seconds": 0.1, "code": 500, "scores": {"yes": 1}}, {"features": {"y": 2}})
    assert batch.latency_seconds.tolist() == pytest.approx([0.1, math.nan], nan_ok=True)
    assert list(batch.codes) == [500, 200]
    assert list(batch.ids) == ["r1", None]
    assert list(batch.features["y"]) == [None, 2]
    assert list(batch.prediction) == ["yes", None]


def test_whole_numbers_are_ids():
    """An integer id equals its text."""
    assert list(taken({**GOOD, "id": 7}, {**GOOD, "id": "7"}).ids) == ["7", "7"]


def test_a_failed_request_is_a_sample():
    """A sample with only a status counts: the model server failed before it had features."""
    assert taken({"code": 500}, {"code": 503}).size == 2


ROW = st.fixed_dictionaries(
    {"features": st.fixed_dictionaries({
        "x": st.floats(allow_nan=False) | st.integers(-9, 9), "c": st.sampled_from(["a", "b", None])
     })},
    optional={"id": st.text(min_size=1, max_size=3), "prediction": st.sampled_from("yn"),
              "scores": st.fixed_dictionaries({"y": st.floats(0, 1)}), "code": st.sampled_from([200, 500]),
              "time": st.sampled_from(["2026-11-22T01:02:03Z", 1.8e9]), "latency_seconds": st.floats(0, 10),
              "model": st.just("m"), "trace_id": st.just("t")},
)  # fmt: skip


def plain(batch):
    """Return a batch as plain values for comparison; empty columns are omitted."""

    def values(column):
        listed = column.tolist() if isinstance(column, np.ndarray) else list(column)
        return [None if value is None or value != value else value for value in listed]

    def of(columns):
        return {name: values(column) for name, column in columns.items() if any(c is not None for c in values(column))}

    single = {name: getattr(batch, name) for name in ("prediction", "ids", "latency_seconds", "codes", "trace_ids")}
    known = {name: column for name, column in single.items() if column is not None}
    several = (of(batch.features), of(batch.scores), of(batch.stages), of(known))
    return (batch.size, batch.key, values(batch.times), *several)


@given(st.lists(ROW, min_size=1, max_size=6))
def test_columns_say_what_rows_say(records):
    """Rows and columns of the same samples give the same batch."""
    fields = dict.fromkeys(name for record in records for name in record)
    columns = {}
    for name in fields:
        column = [record.get(name) for record in records]
        if name in ("features", "scores"):
            inner = dict.fromkeys(key for value in column if value for key in value)
            column = {key: [(value or {}).get(key) for value in column] for key in inner}
        columns[name] = column
    (of_rows,), (of_columns,) = samples_of([rows(*records)]), samples_of([Columns(columns, {})])
    assert not of_columns.rejected
    by_key = sorted((plain(batch) for batch in of_columns.batches), key=repr)
    assert by_key == sorted((plain(batch) for batch in of_rows.batches), key=repr)


class TestColumns:
    def only(self, fields, shared=None):
        (decoded,) = samples_of([Columns(fields, shared or {})])
        return decoded

    def test_columns_that_are_no_field_are_features(self):
        """Features may be next to id and prediction, or in a separate object."""
        decoded = self.only({"id": ["a", "b"], "age": [1, 2], "features": {"c": ["x", "y"]}}, {"model": "m"})
        (batch,) = decoded.batches
        assert {name: list(column) for name, column in batch.features.items()} == {"age": [1, 2], "c": ["x", "y"]}
        assert batch.key == ModelKey("m")

    def test_a_model_that_changes_inside_is_told_apart(self):
        """A column of models gives a batch for each."""
        decoded = self.only({"model": ["a", "b", "a"], "x": [1, 2, 3]})
        assert sorted((batch.key.model, batch.size) for batch in decoded.batches) == [("a", 2), ("b", 1)]

    def test_numbers_as_arrays(self):
        """Array columns are used unchanged; a missing status is 200."""
        decoded = self.only({"id": ["a", "b"], "code": np.array([500.0, np.nan]), "x": np.array([1.0, 2.0])})
        (batch,) = decoded.batches
        assert list(batch.codes) == [500, 200]
        assert batch.features["x"].tolist() == [1.0, 2.0]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"x": [1, 2], "y": [1]}, "columns: expected one length, got 1 in features.y and 2 in features.x"),
            ({"x": 5}, "columns.features.x: expected a list, got 5"),
            ({"features": {"x": {"a": 1}}}, "columns.features.x: expected a list, got an object"),
            ({"features": [{"a": 1}], "x": [1]}, "columns.features: expected columns by name, got a list"),
            ({"id": "a"}, "columns.id: expected a list, got 'a'"),
        ],
    )
    def test_columns_that_do_not_fit(self, fields, message):
        """Columns of different lengths, or without content, are rejected as a whole with the reason."""
        decoded = self.only(fields)
        assert [(item.message, item.reason) for item in decoded.rejected] == [(message, "invalid_columns")]

    def test_a_bad_value_costs_its_record(self):
        """In columns as in rows the good samples are kept."""
        decoded = self.only({"x": [1, 2, 3], "code": [200, 9, 500]})
        assert [batch.size for batch in decoded.batches] == [2]
        assert [(item.index, item.reason) for item in decoded.rejected] == [(1, "invalid_field")]

    def test_no_samples_are_no_batch(self):
        """Columns without rows are valid and empty."""
        assert self.only({"x": []}).batches == []


@pytest.mark.parametrize(
    ("records", "blank"),
    [
        ([{"features": {"a": 1}, "code": 200}, {"features": {"a": 2}, "code": 500}], None),
        ([{"features": {"a": 1}, "code": 200}, {"features": {}, "code": 500}], [False, True]),
        ([{"features": {}, "code": 500}, {"features": {}, "prediction": "x", "code": 200}], [True, False]),
        ([{"features": {}, "scores": 0.5}, {"code": 503}], [False, True]),
    ],
)
def test_samples_without_content_are_told(records, blank):
    """Samples without features, prediction and scores, as of a failed request, are blank."""
    (decoded,) = samples_of([Rows(records, range(len(records)))])
    (batch,) = decoded.batches
    assert list(decoded.rejected) == []
    assert (batch.blank if batch.blank is None else batch.blank.tolist()) == blank
    assert batch.with_content().size == len(records) - sum(blank or [])


@pytest.mark.parametrize("odd", ["31.5", True])
@pytest.mark.parametrize("place", [1, 37, 63])
def test_what_is_no_number_keeps_its_type(odd, place):
    """Numeric text and booleans are not converted to numbers, so that type problems show."""
    records = [{"features": {"age": float(i), "size": 1.0, "weight": i}} for i in range(64)]
    records[place]["features"]["age"] = odd
    batch = taken(*records)
    assert batch.features["age"][place] is odd
    assert isinstance(batch.features["size"], np.ndarray)


class TestBounds:
    def test_an_id_that_is_too_long_still_joins(self):
        """A huge id becomes its digest, in samples and in outcomes."""
        long = "i" * 1_000_000
        (outcomes,) = next(outcomes_of([rows({"id": long, "outcome": 1})])).batches
        assert taken({**GOOD, "id": long}).ids == outcomes.ids
        assert len(outcomes.ids[0]) < 128

    def test_a_name_that_is_too_long_costs_its_sample(self):
        """A sample with too long a name is rejected with the reason."""
        for field in ("features", "scores", "stages", "tags", "raw", "attributions"):
            assert fault({**GOOD, field: {"n" * 300: 1}}).startswith(f"{field}: expected names of at most 256 charac")

    def test_a_long_trace_id_is_cut(self):
        """An exemplar has room for 100 characters."""
        assert taken({**GOOD, "trace_id": "t" * 999}).trace_ids == ["t" * 100]

    @pytest.mark.slow
    def test_names_of_their_own_do_not_multiply(self):
        """Samples without common features become several batches, not one matrix of all names."""
        records = [{"features": {f"f{row}_{i}": 1.0 for i in range(1000)}} for row in range(100)]
        (decoded,) = samples_of([rows(*records)])
        assert sum(batch.size for batch in decoded.batches) == 100
        assert all(batch.size * len(batch.features) <= CELLS_AT_MOST for batch in decoded.batches)
        found = {
            (name, value)
            for batch in decoded.batches
            for name, column in batch.features.items()
            for value in column
            if value is not None
        }
        assert len(found) == 100 * 1000

    def test_too_many_models_in_a_body(self):
        """Models beyond the maximum per block are rejected, each sample counted."""
        (decoded,) = samples_of([rows(*({**GOOD, "model": f"m{i}"} for i in range(400)))])
        assert len(decoded.batches) == MODELS_AT_ONCE
        assert decoded.rejected.counts == {"too_many_models": 400 - MODELS_AT_ONCE}

    @pytest.mark.parametrize(
        "record", [{}, 1, [], {"code": 1}, {"features": 1}, {"prediction": [1]}, {"features": {}, "id": 1.5}]
    )
    def test_bad_records_cost_less_than_good_ones(self, record):
        """Tens of thousands of records with one fault are rejected quickly."""
        started = time.process_time()
        (decoded,) = samples_of([rows(*[record] * 20_000)])
        assert len(decoded.rejected) == 20_000
        assert time.process_time() - started < 2


def test_long_whole_numbers_keep_their_digits():
    """Identifiers of 17 digits keep their digits, also next to other numbers."""
    ids = [12345678901234567, 12345678901234568]
    batch = taken(*({"features": {"id": each, "x": 1.5, "y": 2}} for each in ids))
    assert list(batch.features["id"]) == ids
    assert np.asarray(batch.features["x"]).tolist() == [1.5, 1.5]


class TestColumnsWithAFault:
    def test_cost_only_the_rows_around_it(self, monkeypatch):
        """Of columns with one bad value only the rows beside it are looked at as records; all others stay columns."""
        looked_at = []
        whole = native.as_records
        monkeypatch.setattr(native, "as_records", lambda part, size: looked_at.append(size) or whole(part, size))
        size = 5 * native.ROWS_AT_ONCE
        codes = [200] * (size - 1) + [1]
        [decoded] = samples_of([Columns({"x": [1.5] * size, "code": codes}, {})])
        assert looked_at == [native.ROWS_AT_ONCE]
        assert sum(batch.size for batch in decoded.batches) == size - 1
        assert [item.index for item in decoded.rejected] == [size - 1]


class TestIntermediateAndAction:
    def test_become_columns(self):
        """Outputs of components are columns by name, of any plain kind; the action is one column."""
        outputs = [{"gbm": 0.5, "rule": "old"}, {"gbm": 1, "rule": None}]
        batch = taken(*({"prediction": "ok", "intermediate": each, "action": "passed"} for each in outputs))
        assert {name: list(column) for name, column in batch.intermediate.items()} == {
            "gbm": [0.5, 1], "rule": ["old", None],
        }  # fmt: skip
        assert list(batch.action) == ["passed", "passed"]

    def test_an_embedding_is_missing(self):
        """A list or an object as an output is missing, and costs the sample nothing."""
        batch = taken({"prediction": "ok", "intermediate": {"net": [0.1, 0.2], "gbm": 0.5}})
        assert {name: list(column) for name, column in batch.intermediate.items()} == {"net": [None], "gbm": [0.5]}

    def test_other_kinds_are_rejected(self):
        """Anything but an object of outputs, or a plain action, rejects its sample with the reason."""
        assert fault({"prediction": 1, "intermediate": 0.5}) == "intermediate: expected an object, got 0.5"
        assert "action: expected text" in fault({"prediction": 1, "action": ["blocked"]})
