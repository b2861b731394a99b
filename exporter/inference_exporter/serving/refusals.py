"""Answers to refused requests, counted by reason."""

from collections import Counter

from ..intake.refusals import REFUSAL_REASONS
from .request import Answer, text_answer

RETRY_AFTER_SECONDS = 1
_UNAVAILABLE, _TIMEOUT = "503 Service Unavailable", "408 Request Timeout"
# Reasons without an answer: the sender no longer reads.
_ANSWERS = {
    "busy": (_UNAVAILABLE, "too many requests at once: try again"),
    "too_many_connections": (_UNAVAILABLE, "too many connections: try again"),
    "slow_headers": (_TIMEOUT, "the headers took too long"),
    "slow_body": (_TIMEOUT, "the body took too long"),
    "request_timeout": (_UNAVAILABLE, "the request could not be answered in time: try again"),
    "bad_request": ("400 Bad Request", "expected an HTTP/1.1 request"),
    "too_large": ("413 Content Too Large", "the headers or the body are too large"),
    "starting": (_UNAVAILABLE, "inference-exporter is starting"),
    "stopping": (_UNAVAILABLE, "inference-exporter is stopping"),
    "worker_lost": (_UNAVAILABLE, "the worker ended before it answered: try again"),
}


class Refusals:
    """Counts refused requests."""

    def __init__(self) -> None:
        self.counts = Counter(dict.fromkeys(REFUSAL_REASONS, 0))

    def answer(self, reason: str, message: str | None = None) -> Answer:
        """Count a refusal and return its answer."""
        self.counts[reason] += 1
        # Doors give a message of their own: they refuse for what a header says.
        status, text = _ANSWERS.get(reason, ("403 Forbidden", ""))
        retry = RETRY_AFTER_SECONDS if status in (_UNAVAILABLE, _TIMEOUT) else None
        return text_answer(status, message or text, retry)
