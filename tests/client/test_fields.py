"""Fields: equivalent values are converted, and an unreadable value affects only itself."""

from datetime import timedelta
from enum import Enum
from http import HTTPStatus
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from inference_exporter.client.fields import FORMS, INVALID


class Champion(Enum):
    YES = "champion"


def read(field, value):
    """Return the converted value, and the number of reported values."""
    faults = []
    return FORMS[field](value, faults.append), len(faults)


@pytest.mark.parametrize(
    ("field", "value", "form"),
    [
        ("id", 5.0, 5),
        ("id", np.float64(5.0), 5),
        ("id", 5.5, "5.5"),
        ("id", float("nan"), None),
        ("id", pd.NA, None),
        ("id", UUID(int=2**127).int, str(2**127)),
        ("id", 2**63 - 1, 2**63 - 1),
        ("id", np.uint64(2**64 - 1), str(2**64 - 1)),
        ("id", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("id", np.array([[7]]), 7),
        ("trace_id", 0x4BF92F3577B34DA6A3CE929D0E0E4736, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("trace_id", b"\x00\xff", "00ff"),
        ("trace_id", "4bf9", "4bf9"),
        ("code", "200", 200),
        ("code", 404.0, 404),
        ("code", HTTPStatus.OK, 200),
        ("code", np.int64(500), 500),
        ("latency_seconds", -1e-9, 0.0),
        ("latency_seconds", "0.5", 0.5),
        ("latency_seconds", timedelta(milliseconds=5), 0.005),
        ("latency_seconds", np.float32(0.5), 0.5),
        ("latency_seconds", float("nan"), None),
        ("prediction", np.array([[[0.25]]]), 0.25),
        ("prediction", [["ok"]], "ok"),
        ("prediction", np.str_("ok"), "ok"),
        ("prediction", Champion.YES, "champion"),
        ("scores", {"a": np.float32(0.5), "b": "0.25", 1: True}, {"a": 0.5, "b": 0.25, "1": 1.0}),
        ("scores", {"a": float("nan")}, {"a": None}),
        ("scores", 0.9, 0.9),
        ("scores", np.array([0.25, 0.75]), 0.75),
        ("stages", {"predict": timedelta(seconds=1)}, {"predict": 1.0}),
        ("tags", {"shop": 7}, {"shop": 7}),
        ("attributions", {"age": np.float32(0.5), "zip": "0.25"}, {"age": 0.5, "zip": 0.25}),
        ("variant", Champion.YES, "champion"),
        ("time", 1_700_000_000_000, "2023-11-14T22:13:20+00:00"),
        ("outcome", np.array([1]), 1),
        ("text", 5, "5"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_the_same_in_another_form(field, value, form):
    """An equivalent value is converted, and not reported."""
    assert read(field, value) == (form, 0)
    assert type(read(field, value)[0]) is type(form)


@pytest.mark.parametrize(
    ("field", "value", "form"),
    [
        ("id", True, None),
        ("id", [1, 2], None),
        ("id", 10**5000, None),
        ("code", 999, None),
        ("code", 200.5, None),
        ("code", "fine", None),
        ("latency_seconds", -1.0, None),
        ("latency_seconds", float("inf"), None),
        ("prediction", [0.1, 0.2, 0.7], None),
        ("prediction", {"a": 1}, None),
        ("prediction", b"\xff", None),
        ("scores", {"a": 0.5, "b": "high"}, {"a": 0.5}),
        ("scores", "high", None),
        ("stages", {"predict": -1, "prepare": 1}, {"prepare": 1}),
        ("stages", 5, None),
        ("tags", {"shop": 7, "till": object()}, {"shop": 7}),
        ("features", {"age": 3, "odd": 1j}, {"age": 3, "odd": INVALID}),
        ("features", {b"\xff": 3, "b": 1}, {"b": 1}),
        ("attributions", {"age": 0.5, "zip": "high"}, {"age": 0.5}),
        ("attributions", [0.5], None),
        ("raw", "text", None),
        ("intermediate", object(), None),
        ("time", "soon", None),
        ("trace_id", [1, 2], None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_read_costs_itself(field, value, form):
    """An unreadable value is omitted, a feature becomes invalid, and each is reported once."""
    assert read(field, value) == (form, 1)


def test_a_variant_that_cannot_be_read_is_an_error():
    """A sample of an unknown variant must not count as the champion's."""
    with pytest.raises(ValueError, match="no JSON for object"):
        read("variant", object())
