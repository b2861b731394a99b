"""Intake over HTTP, through the whole sidecar: every request gets a clear answer, and the counts add up."""

import gzip
import io
import json
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.schema import Config, LearningConfig, LimitsConfig, ModelConfig, WebConfig
from inference_exporter.model.fleet import Fleet
from inference_exporter.samples.batch import Batch

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"


def records(number, **fields):
    return [{"features": {"x": i, "c": "ab"[i % 2]}, "prediction": "yes", **fields} for i in range(number)]


def lines(items):
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def arrow(items):
    sink, table = io.BytesIO(), pa.Table.from_pylist(items)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


FORMS = {
    "json": (json.dumps(records(20)).encode(), "application/json"),
    "array with charset": (json.dumps(records(20)).encode(), "Application/JSON; charset=utf-8"),
    "ndjson": (lines(records(20)), NDJSON),
    "ndjson as json": (lines(records(20)), "application/json"),
    "ndjson undeclared": (lines(records(20)), ""),
    "ndjson from curl": (lines(records(20)), "application/x-www-form-urlencoded"),
    "columns": (
        json.dumps({"columns": {"x": list(range(20)), "prediction": ["yes"] * 20}}).encode(),
        "application/json",
    ),
    "arrow": (arrow(records(20)), ARROW),
}
ENCODINGS = {
    "plain": (lambda body: body, {}),
    "gzip": (gzip.compress, {"content_encoding": "gzip"}),
    "gzip, not said": (gzip.compress, {}),
    "zstd": (zstandard.ZstdCompressor().compress, {"content_encoding": "zstd"}),
    "zstd, not said": (zstandard.ZstdCompressor().compress, {}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_form_in_every_encoding(sidecar, form, encoding):
    """Twenty samples are counted as twenty in every form and encoding."""
    (body, content_type), (compress, headers) = FORMS[form], ENCODINGS[encoding]
    running = sidecar()
    answer = running.samples(compress(body), content_type=content_type, **headers)
    assert (answer.status, answer.json) == (200, {"accepted": 20, "rejected": 0, "errors": []})
    assert answer.headers["Content-Type"] == "application/json"
    assert running.value("inference_exporter_samples_accepted_total") == 20
    assert running.value("model_requests_total", model="default", version="unversioned", variant="champion") == 20


def accounts(running):
    """Return received, accepted, rejected and dropped samples, as a scrape shows them."""
    points = running.points().items()
    names = ("samples_total", "samples_accepted_total", "samples_rejected_total", "samples_dropped_total")
    return [sum(value for (series, _), value in points if series == f"inference_exporter_{name}") for name in names]


BAD = st.sampled_from([
    b"nonsense", b"{}", b"[]", b"5", b"null", b'{"prediction": [1]}', b'{"features": {"x": NaN}}', b'{"code": 1}', b"",
    b'{"features": {"x": 1e999}}', b'{"features": {"x": [1, {}]}}', b'{"features": 3}',
    b'{"features": {}, "time": "x"}', b'{"features": {"x": 1}, "scores": {"a": 1e308}}',
    b'{"features": {"\\u0000": 1}, "version": -5}', b'"\xff"',
    b'{"features": {"x": 1}, "scores": 0.5}', b'{"features": {"x": 1}, "scores": {"a": 0.5}, "id": 5}',
    b'{"features": {"x": 123456789012345678901234567890}}', b'{"prediction": 1e308, "id": "a"}', b'{"model": ["m"]}',
    b'{"model": {"a": 1}, "prediction": 1}', b'{"time": [1], "features": {"x": 1}}', b'{"time": true, "prediction": 1}',
])  # fmt: skip
GOOD = st.sampled_from([json.dumps(record).encode() for record in records(3, id="r", latency_seconds=0.1, time=1.8e9)])
PATHS = st.sampled_from(["/v1/samples", "/v1/outcomes", "/v1/events"])
TYPES = st.sampled_from(["application/json", NDJSON, ARROW, "", "text/plain", "text/html", "application/x-protobuf"])


@pytest.fixture(scope="module")
def shared(sidecar):
    return sidecar(Config(models=(ModelConfig("m", "1"),)))


class TestAnything:
    @pytest.mark.slow
    @given(path=PATHS, body=st.lists(BAD | GOOD, max_size=6).map(b"\n".join), content_type=TYPES)
    def test_is_answered_and_accounted_for(self, shared, path, body, content_type):
        """Garbage, partly valid batches, wrong types: a status below 500, reasons, consistent counts."""
        before = accounts(shared)
        answer = shared.post(path, body, content_type=content_type)
        assert answer.status in (200, 400, 415)
        assert set(answer.json) == {"accepted", "rejected", "errors"}
        assert len(answer.json["errors"]) == min(answer.json["rejected"], 100)
        assert all(error["reason"] for error in answer.json["errors"])
        received, accepted, rejected, dropped = (a - b for a, b in zip(accounts(shared), before, strict=True))
        assert dropped == 0
        assert received == accepted + rejected
        if path == "/v1/samples":
            assert (accepted, rejected) == (answer.json["accepted"], answer.json["rejected"])
        if answer.status == 200:
            assert answer.json["accepted"] or not answer.json["rejected"]

    @given(path=PATHS, body=st.binary(max_size=300), content_type=TYPES,
           encoding=st.sampled_from(["", "gzip", "zstd", "br"]))  # fmt: skip
    def test_bytes_are_answered(self, shared, path, body, content_type, encoding):
        """Any bytes with any content type get an answer, never an internal error."""
        answer = shared.post(path, body, content_type=content_type, content_encoding=encoding)
        assert answer.status in (200, 400, 415)
        assert answer.json["accepted"] >= 0

    @given(compress=st.sampled_from([gzip.compress, zstandard.ZstdCompressor().compress]), cut=st.integers(1, 2000),
           place=st.none() | st.integers(3, 2000))  # fmt: skip
    def test_broken_compression_is_answered(self, shared, compress, cut, place):
        """A truncated or corrupt compressed body is refused, or read up to that point."""
        body = bytearray(compress(lines(records(50))))
        if place is not None:
            body[place % len(body)] ^= 0x55
        answer = shared.samples(bytes(body[: -(cut % len(body))]), content_type=NDJSON)
        assert answer.status in (200, 400)
        assert answer.status == 400 or answer.json["accepted"] <= 50


def test_good_samples_of_a_bad_batch_are_kept(sidecar):
    """Only bad lines are rejected, each with its position and the expectation."""
    running = sidecar()
    body = lines(records(2)) + b"nonsense\n" + lines([{"code": 7}]) + lines(records(2))
    answer = running.samples(body, content_type=NDJSON)
    assert answer.status == 200
    assert (answer.json["accepted"], answer.json["rejected"]) == (4, 2)
    assert [error["index"] for error in answer.json["errors"]] == [2, 3]
    assert answer.json["errors"][0]["reason"].startswith("expected JSON, got: ")
    assert answer.json["errors"][1]["reason"] == "code: expected an HTTP status from 100 to 599, got 7"
    assert running.value("inference_exporter_samples_rejected_total", format="ndjson", reason="not_json") == 1
    assert running.value("inference_exporter_samples_rejected_total", format="ndjson", reason="invalid_field") == 1


@pytest.mark.slow
def test_what_came_before_the_break_is_kept(sidecar):
    """A truncated body is refused, but samples before that point count, and the answer says how many."""
    body = gzip.compress(lines(records(60_000)), 1)
    running = sidecar()
    answer = running.samples(body[: len(body) // 2], content_type=NDJSON)
    assert answer.status == 400
    assert 0 < answer.json["accepted"] < 60_000
    assert answer.json["errors"][-1]["reason"] == "expected gzip, got a truncated body"
    assert accounts(running) == [answer.json["accepted"] + 1, answer.json["accepted"], 1, 0]


def test_all_bad_is_a_bad_request(sidecar):
    """If nothing was accepted, the status is 400, with the first hundred reasons."""
    answer = sidecar().samples(b"x\n" * 500, content_type=NDJSON)
    assert answer.status == 400
    assert answer.json["rejected"] == 500
    assert len(answer.json["errors"]) == 100


def test_nothing_is_fine(sidecar):
    """An empty array or an empty NDJSON body is valid."""
    running = sidecar()
    assert running.samples([]).json == {"accepted": 0, "rejected": 0, "errors": []}
    assert running.samples(b"", content_type=NDJSON).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_only_post(sidecar, method):
    """Another method gets 405 with the expected one."""
    answer = sidecar().ask(method, "/v1/samples")
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("content_type", ["text/html", "audio/wav", "image/png"])
def test_an_unknown_content_type_is_told_the_known_ones(sidecar, content_type):
    """The answer names the known content types; the request is counted."""
    running = sidecar()
    answer = running.samples(b"{}", content_type=content_type)
    assert answer.status == 415
    (error,) = answer.json["errors"]
    assert error["reason"].startswith("expected content type application/vnd.apache.arrow.stream, ")
    assert "application/json, " in error["reason"]
    assert error["reason"].endswith(f"got {content_type!r}")
    assert accounts(running) == [1, 0, 1, 0]


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_body_that_is_too_large(sidecar, compress):
    """The limit applies to the decompressed body; the answer names it."""
    running = sidecar(Config(web=WebConfig(max_body_size=10_000)))
    answer = running.samples(compress(lines(records(1000))), content_type=NDJSON)
    assert answer.status == 413
    assert answer.json["errors"][-1]["reason"] == "expected a body of at most 10000 bytes, got more"
    assert running.value("inference_exporter_samples_rejected_total", reason="too_large") == 1


class TestIdempotencyKeys:
    def test_a_repeated_key_is_counted_once(self, sidecar):
        """A retry with the same key gets the same answer, and its samples do not count again."""
        running = sidecar()
        first, again = (running.samples(records(5), idempotency_key="abc") for _ in range(2))
        assert first.json == again.json == {"accepted": 5, "rejected": 0, "errors": []}
        assert accounts(running) == [5, 5, 0, 0]
        assert running.value("inference_exporter_repeated_requests_total") == 1

    def test_at_the_same_time(self, sidecar):
        """Overlapping retries, as of a client that gave up waiting, count once; an early one gets Retry-After and does
        not occupy a thread."""
        running, start = sidecar(), threading.Barrier(8)

        def send(_):
            start.wait(20)
            return running.samples(records(200), idempotency_key="abc")

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(8)))
        early = [answer for answer in answers if answer.status == 503]
        assert all(answer.headers["Retry-After"] == "1" for answer in early)
        assert [answer.json["accepted"] for answer in answers if answer.status == 200] == [200] * (8 - len(early))
        assert running.value("inference_exporter_requests_refused_total", reason="key_in_progress") == len(early)
        assert accounts(running) == [200, 200, 0, 0]
        assert running.samples(records(200), idempotency_key="abc").json["accepted"] == 200
        assert accounts(running) == [200, 200, 0, 0]

    def test_other_keys_and_paths_are_other_requests(self, sidecar):
        """The same key on another path is another request."""
        running = sidecar()
        running.samples(records(5), idempotency_key="abc")
        running.samples(records(5), idempotency_key="abd")
        running.outcomes([{"id": "a", "outcome": 1}], idempotency_key="abc")
        assert accounts(running)[1] == 10
        assert running.value("inference_exporter_outcomes_total") == 1


class TestModels:
    def test_each_model_version_and_variant_has_its_own(self, sidecar):
        """Samples of several models in one body are separated."""
        running = sidecar()
        keys = [("a", "1", "champion"), ("a", "2", "challenger"), ("b", "1", "shadow")]
        body = [
            record
            for n, (model, version, variant) in enumerate(keys, 1)
            for record in records(n, model=model, version=version, variant=variant)
        ]
        assert running.samples(body).json["accepted"] == 6
        for number, (model, version, variant) in enumerate(keys, 1):
            assert running.value("model_requests_total", model=model, version=version, variant=variant) == number
        assert running.value("inference_exporter_models") == 3

    def test_one_configured_model_needs_no_name(self, sidecar):
        """Missing names are filled in from an unambiguous configuration."""
        running = sidecar(Config(models=(ModelConfig("fraud", "7", "shadow"),)))
        running.samples(records(3))
        assert running.value("model_requests_total", model="fraud", version="7", variant="shadow") == 3

    def test_a_sender_of_ever_new_models(self, sidecar):
        """A stream of new models is bounded: the idlest is evicted and counted."""
        running = sidecar(Config(limits=LimitsConfig(models=2)))
        answer = running.samples([record for name in "abcd" for record in records(2, model=name)])
        assert (answer.json["accepted"], answer.json["rejected"]) == (8, 0)
        assert running.value("inference_exporter_models") == 2
        assert running.value("inference_exporter_models_evicted_total") == 2

    def test_too_many_models_are_refused(self, sidecar):
        """If all models are in use, samples of another one are rejected with the reason."""
        known = ModelConfig("known", "1", learning=LearningConfig(50))
        running = sidecar(Config(models=(known,), limits=LimitsConfig(models=1)))
        assert running.samples(records(60, model="known", version="2")).json["accepted"] == 60
        answer = running.samples(records(4, model="b"))
        assert (answer.status, answer.json["rejected"]) == (400, 4)
        assert "too_many_models" in answer.json["errors"][0]["reason"]
        assert accounts(running) == [64, 60, 4, 0]

    def test_a_fault_of_ours_is_no_fault_of_the_senders(self, sidecar, monkeypatch, caplog):
        """Samples lost to a bug are dropped: logged, counted, and answered without a traceback."""
        running = sidecar()

        def fail(self, batch: Batch, wall: float) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(Fleet, "add", fail)
        answer = running.samples(records(4))
        assert answer.status == 500
        assert answer.json["rejected"] == 4
        assert b"Traceback" not in answer.body
        assert "a bug" in caplog.text
        assert accounts(running) == [4, 0, 0, 4]
        assert running.value("inference_exporter_failures_total", part="input") == 1


class TestOutcomes:
    def test_before_and_after_their_prediction(self, sidecar):
        """An outcome that arrives first is counted, waits, and is joined when its prediction arrives."""
        running = sidecar(Config(models=(ModelConfig("m", "1"),)))
        assert running.outcomes([{"id": f"r{i}", "outcome": "yes"} for i in range(5)]).json["accepted"] == 5
        assert running.value("inference_exporter_outcomes_pending") == 5
        running.samples([record | {"id": f"r{i}"} for i, record in enumerate(records(1000))])
        assert running.value("inference_exporter_outcomes_pending") == 0
        assert running.value("model_outcomes_total", model="m") == 5
        running.outcomes(lines([{"id": f"r{i}", "outcome": "no"} for i in range(5, 10)]), content_type=NDJSON)
        assert running.value("model_outcomes_total", model="m") == 10
        assert running.value("model_accuracy_ratio", model="m", window="5m") == 0.5

    def test_bad_ones_are_told(self, sidecar):
        """Outcomes without id or value are rejected and counted by reason."""
        running = sidecar()
        answer = running.outcomes([{"id": "a", "outcome": 1}, {"outcome": 1}, {"id": "b"}, 7])
        assert (answer.json["accepted"], answer.json["rejected"]) == (1, 3)
        assert running.value("inference_exporter_outcomes_rejected_total") == 3

    def test_the_same_again_counts_once(self, sidecar):
        """Duplicates and corrections are counted separately."""
        running = sidecar()
        running.samples([record | {"id": f"r{i}"} for i, record in enumerate(records(1000))])
        for outcome in ("yes", "yes", "no"):
            running.outcomes({"id": "r0", "outcome": outcome})
        assert running.value("model_outcomes_total") == 1
        assert running.value("model_outcome_duplicates_total") == 1
        assert running.value("model_outcome_corrections_total") == 1


class TestEvents:
    def test_an_event_is_on_the_time_axis(self, sidecar):
        """An event has a time, a kind, a title and a model."""
        running = sidecar()
        event = {"time": "2026-11-22T01:02:03Z", "kind": "deployment", "title": "fraud 7", "model": "fraud"}
        assert running.post("/v1/events", [event]).json["accepted"] == 1
        moment = running.value("model_event_timestamp_seconds", kind="deployment", title="fraud 7", model="fraud")
        assert moment == 1795309323
        assert running.value("inference_exporter_events_total") == 1

    @pytest.mark.parametrize(
        ("event", "reason"),
        [
            ({"kind": "x"}, "title: expected text, got nothing"),
            ({"title": "x"}, "kind: expected text, got nothing"),
            ({"kind": "x", "title": ["y"]}, "title: expected text of at most 128 characters, got a list"),
            ({"kind": "x", "title": "y", "time": "soon"}, "time: expected RFC 3339 or Unix seconds, got 'soon'"),
            ({"kind": "x", "title": "y", "tags": [1]}, "text, tags: expected text and an object"),
            ("x", "expected an object, got 'x'"),
        ],
    )
    def test_bad_ones_are_told(self, sidecar, event, reason):
        """An event without kind or title, or with another type in a field, is rejected with the reason."""
        answer = sidecar().post("/v1/events", [event])
        assert answer.status == 400
        assert answer.json["errors"] == [{"index": 0, "reason": reason}]


class TestEnvelopes:
    def test_firehose_gets_the_answer_that_it_wants(self, sidecar):
        """A delivery is answered with its id, also if a record in it is rejected."""
        running = sidecar()
        data = b64encode(b'{"features": {"age": 31}}').decode()
        delivery = {"requestId": "ed4a", "timestamp": 1578090901599, "records": [{"data": data}, {"data": "%"}]}
        answer = running.post("/", delivery)
        assert (answer.status, answer.json) == (200, {"requestId": "ed4a", "timestamp": 1578090901599})
        assert accounts(running)[:3] == [2, 1, 1]

    def test_event_grid_gets_its_code_back(self, sidecar):
        """The question before the first event is answered, and counts as no sample."""
        running = sidecar()
        kind = "Microsoft.EventGrid.SubscriptionValidationEvent"
        event = {"id": "1", "eventType": kind, "eventTime": "t", "data": {"validationCode": "512d"}}
        answer = running.post("/", [event])
        assert (answer.status, answer.json) == (200, {"validationResponse": "512d"})
        assert accounts(running)[0] == 0

    def test_webhooks_of_cloudevents_may_send(self, sidecar):
        """The question with OPTIONS is answered with the origin that asked."""
        answer = sidecar().ask("OPTIONS", "/", webhook_request_origin="eventgrid.azure.net")
        assert answer.status == 200
        assert answer.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"

    def test_a_collector_is_a_model(self, sidecar):
        """Evidently's client posts rows to the path of its collector."""
        answer = sidecar().post("/fraud/data", {"age": {"0": 31, "1": 58}, "prediction": {"0": "ok", "1": "ok"}})
        assert answer.json["accepted"] == 2

    def test_tables_have_outcomes_beside_samples(self, sidecar):
        """A column of outcomes is joined by the ids beside it."""
        running = sidecar()
        answer = running.samples(b"id,age,prediction,outcome\n1,31,ok,ok\n2,58,ok,fraud\n", content_type="text/csv")
        assert answer.json["accepted"] == 4
        answer = running.samples(b"id,outcome\n9,ok\n", content_type="text/csv")
        assert (answer.status, answer.json["accepted"]) == (200, 1)


def test_unknown_payloads_are_on_the_page(sidecar):
    """A person sees when what came, why it was refused, and its names without its values."""
    running = sidecar()
    running.post("/", {"secret_field": "secret value"})
    running.post("/", b"not JSON")
    page = running.ask("GET", "/").body.decode()
    assert "secret_field" in page
    assert "secret value" not in page
    status = running.ask("GET", "/api/v1/status").json
    assert [one["reason"] for one in status["unknown_payloads"]] == ["not_json", "unknown_payload"]


class TestNamesByPosition:
    NAMED = ModelConfig(name="fraud", feature_names=("age", "income"), learning=LearningConfig(samples=50))

    def test_the_configuration_names_features(self, sidecar):
        """Values without names have those of the configuration, also once a reference is learned from them."""
        running = sidecar(Config(models=(self.NAMED,)))
        rows = {"instances": [[row, row * 2] for row in range(60)]}
        body = {"request": rows, "response": {"predictions": [1] * 60}, "model": "fraud"}
        assert running.post("/", body).json["accepted"] == 60
        assert running.post("/", body).json["accepted"] == 60
        [model] = running.ask("GET", "/api/v1/models").json["models"]
        assert (model["names_of_unnamed_features"], model["unknown_features"]) == ("configuration", [])
        assert 'feature="income"' in running.scrape()

    def test_without_them_features_have_their_positions(self, sidecar):
        """Nothing names them, so their positions do."""
        running = sidecar()
        running.post("/", {"instances": [[1, 2]]})
        [model] = running.ask("GET", "/api/v1/models").json["models"]
        assert model["names_of_unnamed_features"] == "position"
