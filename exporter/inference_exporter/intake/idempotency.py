"""Remembers the answers of keyed requests, so that a retry is not counted twice."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
REMEMBERED = 10_000


class Repeats(Generic[Answer]):
    """The answers to the last requests by their ``Idempotency-Key``."""

    def __init__(self, capacity: int = REMEMBERED) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, Future[Answer]] = OrderedDict()

    def once(self, key: str, work: Callable[[], Answer]) -> tuple[Answer, bool]:
        """Return the answer of `work`, done once for a key, and whether it was done before.

        A repeat that comes while the first is still at work waits for it. An
        answer is remembered only where `work` ends well.
        """
        with self._lock:
            future = self._answers.get(key)
            if future is None:
                mine = self._answers[key] = Future()
                if len(self._answers) > self._capacity:
                    self._answers.popitem(last=False)
        if future is not None:
            return future.result(), True
        try:
            answer = work()
        except BaseException as error:  # whoever waits for this answer must get it, whatever it is
            with self._lock:
                self._answers.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(answer)
        return answer, False
