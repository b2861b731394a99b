"""Which records are plain: no rule has anything to say about them, alone or together."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inference_exporter.intake.plain import likeness_of
from inference_exporter.samples.native import samples_of
from inference_exporter.samples.records import Rows

texts = st.sampled_from(["", "a", "2024-05-01T00:00:00Z", "champion", "x" * 129, "x" * 300])
values = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-(2**63), 2**64 - 1), texts, st.integers(90, 610),
    st.integers(20_000_101, 2_050_010_100), st.lists(st.none(), max_size=1), st.just({}), st.just({"a": 1}),
)  # fmt: skip
names = st.sampled_from(["a", "b", "x" * 257])
FIELDS = (
    "id", "time", "features", "prediction", "scores", "latency_seconds", "code", "trace_id", "tags", "model",
    "version", "variant", "stages", "llm", "other",
)  # fmt: skip
records = st.builds(
    lambda features, rest: {**rest, **({} if features is None else {"features": features})},
    st.none() | st.dictionaries(names, values, max_size=3),
    st.dictionaries(st.sampled_from(FIELDS), values | st.dictionaries(names, values, max_size=2), max_size=4),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(records)
@example({"features": {"a": 1}, "time": "2024-05-01T00:00:00Z", "tags": {"a": "b"}, "scores": {"yes": 0.5}})
@example({"features": {"a": 1}, "scores": {}, "tags": {}})
def test_no_rule_rejects_a_plain_record(record):
    """A record that may wait becomes exactly one sample."""
    if likeness_of(record) is not None:
        (decoded,) = samples_of([Rows([record], range(1))])
        assert [batch.size for batch in decoded.batches] == [1] and not len(decoded.rejected)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(records, min_size=2, max_size=40))
def test_plain_records_that_are_alike_are_one_batch(some):
    """Records of one likeness are valid together, and have one model."""
    groups = {}
    for record in some:
        if (likeness := likeness_of(record)) is not None:
            groups.setdefault(likeness, []).extend([record] * 2)
    for alike in groups.values():
        (decoded,) = samples_of([Rows(alike, range(len(alike)))])
        assert [batch.size for batch in decoded.batches] == [len(alike)] and not len(decoded.rejected)


def test_what_model_servers_send_is_plain():
    """A sample with all usual fields may wait."""
    record = {
        "id": "r-1", "time": 1_764_000_000.5, "features": {"age": 31, "country": "FR", "member": True, "debt": None},
        "prediction": "ok", "scores": {"ok": 0.9, "fraud": 0.1}, "latency_seconds": 0.02, "code": 200,
        "trace_id": "ab", "tags": {"region": "eu"}, "model": "fraud", "version": "7", "variant": "shadow",
    }  # fmt: skip
    assert likeness_of(record) is not None


def test_large_records_are_not_plain():
    """What waits is bounded in bytes: texts are short, and the bound grows with the names."""
    assert likeness_of({"features": {"a": "x" * 129}}) is None
    wide = likeness_of({"features": {f"f{i}": i for i in range(1000)}})
    assert wide is not None and wide.bytes_at_most >= 1000 * 300
