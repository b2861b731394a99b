"""Answers to requests of the intake: what became of their records, and the status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ..samples.rejections import SHOWN_AT_MOST, Rejected, Rejections

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

STATUS_TEXT = {
    200: "200 OK", 400: "400 Bad Request", 401: "401 Unauthorized", 405: "405 Method Not Allowed",
    413: "413 Content Too Large", 415: "415 Unsupported Media Type", 500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}  # fmt: skip


@dataclass
class Tally:
    """Accepted and rejected records of one request."""

    accepted: int = 0
    rejected: int = 0
    waiting: int = 0
    """Requests that wait for their response, and the other way round."""
    errors: list[Rejected] = field(default_factory=list)
    status: int = 200
    wanted: Mapping[str, Any] | None = None
    """The answer that the sender of an envelope wants, unless something of ours fails."""

    def reject(self, rejected: Rejections) -> None:
        """Count rejected records and keep the first ones for the answer."""
        self.rejected += len(rejected)
        self.errors += rejected.first(SHOWN_AT_MOST - len(self.errors))

    def answer(self) -> tuple[int, bytes]:
        """Return status and body: 200 if any record was accepted or none was sent."""
        status = self.status
        if self.wanted is not None and status < 500:
            # Delivery services repeat a request until they get this answer, so it comes even if records were rejected.
            return 200, orjson.dumps(self.wanted)
        if status == 200 and self.rejected and not self.accepted + self.waiting:
            status = 400
        errors = [{"index": item.index, "reason": item.message} for item in self.errors]
        answer = {"accepted": self.accepted, "rejected": self.rejected, "errors": errors}
        return status, orjson.dumps(answer | {"waiting": self.waiting} if self.waiting else answer)


def allow(start_response: "StartResponse", origin: str) -> list[bytes]:
    """Answer the question of CloudEvents webhooks before the first event."""
    # Echoed into a header: only what cannot split it.
    allowed = origin if origin.isprintable() and origin.isascii() else "*"
    headers = [("WebHook-Allowed-Origin", allowed), ("WebHook-Allowed-Rate", "*"), ("Content-Length", "0")]
    start_response(STATUS_TEXT[200], headers)
    return []


def respond(start_response: "StartResponse", status: int, body: bytes) -> list[bytes]:
    """Answer with a status and a body in JSON."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if status == 401:
        headers.append(("WWW-Authenticate", "Bearer"))
    if status == 405:
        headers.append(("Allow", "POST"))
    if status == 503:
        headers.append(("Retry-After", "1"))
    start_response(STATUS_TEXT[status], headers)
    return [body]
