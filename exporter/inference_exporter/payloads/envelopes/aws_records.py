"""Events of AWS Lambda: records of Kinesis, SQS and SNS."""

from collections.abc import Iterable
from typing import Any

from .._base import Attributes, Document, UnreadablePayload
from ._base import Envelope, Part, bytes_of, each_of, objects_of, text_of


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document holds records and nothing else."""
    return document.keys() == {"Records"}


def open_records(document: Document, attributes: Attributes) -> Iterable[Part]:
    """Return what the records hold."""
    records = objects_of(document["Records"], "Records")
    return each_of(records, lambda record, place: _content(record, f"Records[{place}]"))


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
    "aws_records", "Records of Kinesis, SQS and SNS as Lambda gets them", recognises, open_records, names=("Records",)
)
