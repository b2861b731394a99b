"""TorchServe's access log: one line for each request, with its status and how long it took."""

import re

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Requested, UnreadablePayload
from ._parts import seconds_of

FIELD = "torchserve_access_log"
# Bounded repetitions: the time of the match is bounded too, whatever a line contains.
LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:[,.](?P<millis>\d{1,3}))?.{0,200}?ACCESS_LOG - .{0,200}?"
    r'"(?P<method>[A-Z]{1,10}) (?P<path>[^ "]{1,2000})[^"]{0,20}" (?P<code>\d{3}) (?P<milliseconds>\d{1,9})\s*$'
)
MODEL = re.compile(r"^/(?:predictions|v1/models|v2/models)/(?P<model>[^/:?]+)(?:/(?:versions/)?(?P<version>[\d.]+))?")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document holds a line of the log."""
    return FIELD in document


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the request of a line. Its body is not logged, so it has neither features nor a prediction."""
    line = LINE.match(str(document[FIELD]))
    if line is None:
        raise UnreadablePayload('expected TIME … ACCESS_LOG - … "METHOD PATH HTTP/1.1" STATUS MILLISECONDS')
    called = MODEL.match(line["path"])
    if called is None:
        raise UnreadablePayload(f"expected a path of predictions, got {line['path']!r:.80}")
    return Inference(
        requested=Requested(()),
        answered=Answered(),
        # Two formats of the log's time, with comma or point before milliseconds.
        requested_at=f"{line['time'].replace(' ', 'T')}.{(line['millis'] or '0').ljust(3, '0')}",
        latency_seconds=seconds_of(line["milliseconds"]),
        code=int(line["code"]),
        model=called["model"],
        version=called["version"],
        # Without bodies it is still a request with status and latency.
        counts_alone=True,
    )


FORMAT = PayloadFormat("torchserve", "TorchServe access log", recognises, read, names=(FIELD,))
