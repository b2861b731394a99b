"""Each format of payloads is recognised by its names alone and read as it is specified."""

import base64

import orjson
import pytest
from inference_exporter.intake.pairing import whole
from inference_exporter.intake.translation import NATIVE, UNKNOWN, recognised
from inference_exporter.payloads import PAYLOADS
from inference_exporter.payloads._base import GroundTruth, UnreadablePayload
from inference_exporter.payloads.cloudevents import attributes_of
from inference_exporter.payloads.samples import samples_of

KSERVE = {
    "specversion": "1.0", "id": "r-1", "type": "org.kubeflow.serving.inference.request",
    "source": "http://localhost:9081/", "time": "2026-11-27T00:23:26.0789529Z", "inferenceservicename": "iris",
    "namespace": "shop", "endpoint": "", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}  # fmt: skip
SELDON = {
    "specversion": "1.0", "id": "x", "type": "io.seldon.serving.inference.response", "requestid": "e5q1",
    "inferenceservicename": "credit",
}  # fmt: skip
CAPTURE = {
    "captureData": {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": "31,42000,FR", "encoding": "CSV"},
        "endpointOutput": {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "0.2375", "encoding": "CSV"},
    },
    "eventMetadata": {"eventId": "29d5", "inferenceId": "order-991", "inferenceTime": "2026-11-27T10:11:12Z"},
    "eventVersion": "0",
}
TRUTH = {
    "groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "29d5"}, "eventVersion": "0",
}  # fmt: skip
FEEDBACK = {"response": {"meta": {"puid": "e5q1"}}, "reward": 1.0, "truth": {"data": {"ndarray": [[1], [0]]}}}


@pytest.mark.parametrize(
    ("document", "attributes", "key"),
    [
        ({"instances": [[1]]}, KSERVE, "kserve"),
        ({"data": {"ndarray": [[1]]}}, SELDON, "seldon"),
        (FEEDBACK, {}, "seldon"),
        (CAPTURE, {}, "sagemaker"),
        (TRUTH, {}, "sagemaker"),
        (FEEDBACK | {"request": {"data": {"ndarray": [[1]]}}}, {}, "seldon"),
        ({"request": {"instances": [[1]]}, "response": "Internal Server Error", "code": 500}, {}, "exchange"),
        ({"request": {"instances": [[1]]}, "response": {"predictions": [1]}}, {}, "exchange"),
        ({"instances": [[1]]}, {}, "inference_body"),
        ({"outputs": []}, {}, "inference_body"),
    ],
)
def test_recognised_by_its_names(document, attributes, key):
    """The name of a format needs no configuration; what is specific comes before what is common."""
    assert recognised(document, attributes).key == key


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"features": {"age": 3}, "prediction": 1}, NATIVE),
        ({"features": {"age": 3}, "inputs": 1}, NATIVE),
        ({"id": "r", "outcome": 1}, NATIVE),
        ({}, UNKNOWN), ({"foo": 1}, UNKNOWN), ([1], UNKNOWN), (None, UNKNOWN),
    ],
)  # fmt: skip
def test_own_samples_and_unknown_documents(document, kind):
    """Our own samples and outcomes are read as such; anything else is unknown."""
    assert recognised(document, {}) == kind


class TestKServe:
    def test_a_request_has_rows_id_time_and_trace(self):
        """The half has what the event's attributes say."""
        half = PAYLOADS["kserve"].read({"instances": [[6.8, 2.8]]}, KSERVE)
        assert (half.id, half.model, half.requested_at, half.answered) == ("r-1", "iris", KSERVE["time"], None)
        assert half.requested.rows == [[6.8, 2.8]]
        assert half.tags == {"namespace": "shop"}
        assert half.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"

    def test_a_response_succeeded(self):
        """KServe logs responses of status 200 only; the version comes from the body."""
        kind = {"type": "org.kubeflow.serving.inference.response"}
        half = PAYLOADS["kserve"].read({"model_version": 3, "predictions": [1]}, KSERVE | kind)
        assert (half.code, half.version, half.requested, half.answered.predictions) == (200, "3", None, [1])
        assert (half.requested_at, half.answered_at) == (None, KSERVE["time"])

    def test_another_body_says_what_was_expected(self):
        """A body of no known kind names what it had."""
        with pytest.raises(UnreadablePayload, match=r"expected a body with instances, .*, got audio"):
            PAYLOADS["kserve"].read({"audio": "…"}, KSERVE)


class TestSeldon:
    def test_the_request_id_identifies(self):
        """The id of the request is the extension `requestid`, else the `puid` of the message."""
        body = {"meta": {"puid": "other"}, "data": {"names": ["no", "yes"], "ndarray": [[0.2, 0.8]]}}
        half = PAYLOADS["seldon"].read(body, SELDON)
        assert (half.id, half.model, half.answered.scores) == ("e5q1", "credit", [{"no": 0.2, "yes": 0.8}])
        assert PAYLOADS["seldon"].read(body, SELDON | {"requestid": ""}).id == "other"

    def test_feedback_is_ground_truth(self):
        """The truth of each row has the id of its row."""
        meaning = PAYLOADS["seldon"].read(FEEDBACK, {})
        assert meaning == GroundTruth([{"id": "e5q1", "outcome": 1}, {"id": "e5q1-1", "outcome": 0}])

    def test_feedback_without_an_id_is_refused(self):
        """Ground truth that cannot be joined is an error that says what is missing."""
        with pytest.raises(UnreadablePayload, match="puid"):
            PAYLOADS["seldon"].read({"truth": {"data": {"ndarray": [[1]]}}, "response": {}}, {})


class TestSageMaker:
    def test_a_capture_is_a_whole_inference(self):
        """Input and output are CSV; the customer's id wins over the event's."""
        inference = PAYLOADS["sagemaker"].read(CAPTURE, {})
        assert inference.requested.rows == [[31, 42000, "FR"]]
        assert inference.answered.predictions == [0.2375]
        assert (inference.id, inference.requested_at) == ("order-991", "2026-11-27T10:11:12Z")

    @pytest.mark.parametrize("encoding", ["JSON", "BASE64"])
    def test_json_and_base64(self, encoding):
        """Parts may be JSON, in base64 where the content type was not declared."""
        body = orjson.dumps({"instances": [{"age": 31}]}).decode()
        data = base64.b64encode(body.encode()).decode() if encoding == "BASE64" else body
        part = {"observedContentType": "application/json", "data": data, "encoding": encoding}
        inference = PAYLOADS["sagemaker"].read(CAPTURE | {"captureData": {"endpointInput": part}}, {})
        assert (inference.requested.rows, inference.answered) == ([{"age": 31}], None)

    def test_ground_truth(self):
        """Labels come in lines of their own, by the event's id."""
        assert PAYLOADS["sagemaker"].read(TRUTH, {}) == GroundTruth([{"id": "29d5", "outcome": 1}])

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"captureData": 5}, "captureData: expected an object, got int"),
            ({"captureData": {"endpointInput": {"data": 5}}}, "endpointInput.data: expected text, got int"),
            (
                {"captureData": {"endpointInput": {"data": "%", "encoding": "BASE64"}}},
                "endpointInput.data: expected BASE64",
            ),
            (
                {"captureData": {"endpointOutput": {"data": "{", "encoding": "JSON"}}},
                "endpointOutput.data: expected JSON",
            ),
        ],
    )
    def test_a_broken_capture_says_where(self, changed, message):
        """The message names the part."""
        with pytest.raises(UnreadablePayload, match=message):
            PAYLOADS["sagemaker"].read(CAPTURE | changed, {})


class TestExchange:
    def test_fields_beside_it(self):
        """Id, time, latency, code and model stand beside request and response, or in the response."""
        document = {
            "request": {"instances": [[1]]},
            "response": {"predictions": [1], "model_name": "fraud", "model_version": 7},
            "request_id": 5, "timestamp": 1, "latency_seconds": 0.2, "status": 200, "trace_id": "t",
        }  # fmt: skip
        inference = PAYLOADS["exchange"].read(document, {})
        assert (inference.id, inference.model, inference.version) == ("5", "fraud", "7")
        assert (inference.latency_seconds, inference.code, inference.requested_at) == (0.2, 200, 1)

    @pytest.mark.parametrize("request_body", [{"instances": [["x"]]}, {"audio": "…"}])
    def test_a_failed_call_is_whole(self, request_body):
        """An answer that is an error has no predictions; neither half waits for another, and the code counts."""
        document = {"request": request_body, "response": {"error": "bad"}, "code": 400, "id": "r"}
        inference = PAYLOADS["exchange"].read(document, {})
        assert whole(inference)
        (sample,) = samples_of(inference, lambda *_: ())
        assert (sample["id"], sample["code"], "prediction" in sample) == ("r", 400, False)

    def test_nothing_known_in_it(self):
        """Request and response of no known kind are refused."""
        with pytest.raises(UnreadablePayload, match="expected a request"):
            PAYLOADS["exchange"].read({"request": {"a": 1}, "response": {"b": 1}}, {})


class TestBare:
    def test_halves_by_their_names(self):
        """A body alone is a request or a response; V2 has the id and the model."""
        request = PAYLOADS["inference_body"].read({"id": "42", "inputs": [[1]]}, {})
        response = PAYLOADS["inference_body"].read({"id": "42", "model_name": "m", "outputs": {"y": [1]}}, {})
        assert (request.id, request.answered) == ("42", None)
        assert (response.id, response.requested, response.model) == ("42", None, "m")


class TestCloudEvents:
    def test_binary_mode(self):
        """Attributes are headers that start with `ce-`."""
        assert attributes_of({"ce-type": "t", "ce-id": "1", "host": "x"}) == {"type": "t", "id": "1"}
