"""Whether what the exporter shows is what the server did."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from calls import Call
from iris import FEATURES

OK, NOT_SENT = "ok", "not sent"
Values = Mapping[str, float]


@dataclass(frozen=True)
class Truth:
    """What a client saw: a row of features and a prediction for each sample, and calls by status."""

    samples: Sequence[Mapping[str, Any]]
    """Features, prediction and id of each sample of the calls that succeeded."""
    calls: Sequence[Call]
    sends_ids: bool
    sends_errors: bool
    sends_latency: bool

    @property
    def failed(self) -> Sequence[Call]:
        """The calls that the server refused."""
        return [call for call in self.calls if call.status >= 400]

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """The prediction of each sample as its outcome: joined by the right id, accuracy is 1."""
        return [{"id": sample["id"], "outcome": sample["prediction"]} for sample in self.samples]


@dataclass(frozen=True)
class Verdict:
    """A word for each thing that must arrive: ok, not sent, or what is wrong."""

    samples: str
    features: str
    predictions: str
    ids: str
    latency: str
    errors: str

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return all(getattr(self, field.name) in (OK, NOT_SENT) for field in fields(self))


def judged(truth: Truth, values: Values) -> Verdict:
    """Compare a scrape with what the client saw."""
    return Verdict(*(check(truth, values) for check in (_samples, _features, _predictions, _ids, _latency, _errors)))


def _samples(truth: Truth, values: Values) -> str:
    expected = len(truth.samples) + (_rows_of_failures(truth) if truth.sends_errors else 0)
    return _compared(values.get("model_window_samples,window=5m", 0), expected)


def _rows_of_failures(truth: Truth) -> int:
    return len(truth.failed)  # each has one row


def _features(truth: Truth, values: Values) -> str:
    for name in FEATURES:
        expected = sum(sample["features"][name] for sample in truth.samples) / len(truth.samples)
        got = values.get(f"model_feature_mean,feature={name},window=5m", float("nan"))
        if not abs(got - expected) < 1e-6:
            return f"{name}: mean {got:.6g} instead of {expected:.6g}"
    return OK


def _predictions(truth: Truth, values: Values) -> str:
    return _compared(values.get("model_accuracy_ratio,window=5m", 0), 1) if truth.sends_ids else NOT_SENT


def _ids(truth: Truth, values: Values) -> str:
    return _compared(values.get("model_outcomes_total", 0), len(truth.samples)) if truth.sends_ids else NOT_SENT


def _latency(truth: Truth, values: Values) -> str:
    if not truth.sends_latency:
        return NOT_SENT
    told = [call for call in truth.calls if truth.sends_errors or call.status < 400]
    count = values.get("model_request_duration_seconds_count", 0)
    if count != len(told):
        return f"{count:g} instead of {len(told)}"
    seconds, expected = values["model_request_duration_seconds_sum"], sum(call.seconds for call in told)
    return OK if 0 < seconds <= expected * 1.01 else f"{seconds:.4f} s instead of {expected:.4f} s"


def _errors(truth: Truth, values: Values) -> str:
    if not truth.sends_errors:
        return NOT_SENT
    errors = [
        value
        for name, value in values.items()
        if name.startswith(("model_requests_total,code=4", "model_requests_total,code=5"))
    ]
    return _compared(sum(errors), len(truth.failed))


def _compared(got: float, expected: float) -> str:
    return OK if got == expected else f"{got:g} instead of {expected:g}"


Check = Callable[[Truth, Values], str]
