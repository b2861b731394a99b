"""Events of AWS Lambda: records of Kinesis, SQS, SNS, Firehose and Kafka (MSK), and requests of API Gateway."""

from collections.abc import Iterable
from typing import Any

from .._base import Attributes, Document, UnreadablePayload
from ._base import Enclosed, Envelope, Part, bytes_of, each_of, objects_of, text_of

KAFKA = ("aws:kafka", "SelfManagedKafka")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document holds records and nothing else, or the records or the body of one of the services."""
    if "records" in document:
        return "deliveryStreamArn" in document or document.get("eventSource") in KAFKA
    return document.keys() == {"Records"} or ("isBase64Encoded" in document and "requestContext" in document)


def open_records(document: Document, attributes: Attributes) -> Iterable[Part]:
    """Return what the records hold."""
    if "records" in document:
        return _open_streams(document["records"])
    if "Records" not in document:
        return [_open_request(document)]
    records = objects_of(document["Records"], "Records")
    return each_of(records, lambda record, place: _content(record, f"Records[{place}]"))


def _open_streams(records: Any) -> Iterable[Part]:
    """Return what the records of Firehose hold, or those of Kafka by partition."""
    by_partition = records.values() if isinstance(records, dict) else [records]
    every = [each for some in by_partition for each in objects_of(some, "records")]
    return each_of(every, lambda each, place: bytes_of(each.get("data", each.get("value")), f"records[{place}]"))


def _open_request(document: Document) -> Enclosed:
    body = document.get("body")
    return Enclosed(bytes_of(body, "body") if document["isBase64Encoded"] is True else text_of(body, "body"))


def _content(record: Document, name: str) -> bytes:
    # Each service has its own spelling: `kinesis` and `body` in lower case, `Sns` capitalised.
    kinesis, notification = record.get("kinesis"), record.get("Sns")
    if isinstance(kinesis, dict):
        return bytes_of(kinesis.get("data"), f"{name}.kinesis.data")
    if isinstance(notification, dict):
        return text_of(notification.get("Message"), f"{name}.Sns.Message")
    if "body" in record:
        return text_of(record["body"], f"{name}.body")
    raise UnreadablePayload(f"{name}: expected kinesis.data, Sns.Message or body, got {_names(record)}")


def _names(record: Any) -> str:
    return ", ".join(map(str, list(record)[:5]))


ENVELOPE = Envelope(
    "aws_records",
    "Records and requests as Lambda gets them",
    recognises,
    open_records,
    names=("Records", "records", "isBase64Encoded"),
)
