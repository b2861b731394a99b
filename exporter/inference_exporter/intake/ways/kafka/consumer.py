"""One consumer of a group: reads, hands on, and commits only what has been taken."""

import json
import logging
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ....config.inputs import KafkaConfig
from ....errors import ConfigError
from ....files import MEGABYTE, read_bytes
from ...feed import Feed
from .messages import Repeats, bodies_of, headers_of

log = logging.getLogger(__name__)

MESSAGES_AT_ONCE = 1000  # large enough to join into one body
WAIT_SECONDS = 0.5
COMMIT_SECONDS = 0.2  # what a killed member has taken since then, others take again
# librdkafka's default of 64 MB a consumer would take most of a sidecar's memory.
QUEUED_KILOBYTES = 16 * 1024
STATISTICS_MILLISECONDS = 5000
REASONS = ("broker", "commit")


class Consumer:
    """A member of the group of one configured entry.

    Raises
    ------
    ConfigError
        If the extra is missing, or the options cannot be read or are unknown.
    """

    def __init__(self, config: KafkaConfig, feed: Feed) -> None:
        try:
            import confluent_kafka  # an optional extra of 10 MB, loaded only if Kafka is configured
        except ImportError as error:
            raise ConfigError("inputs.kafka: needs the extra: pip install 'inference-exporter[kafka]'") from error
        self.config, self._feed, self._library = config, feed, confluent_kafka
        try:
            self._consumer = confluent_kafka.Consumer({**_options(config), "stats_cb": self._look_at_brokers})
        except confluent_kafka.KafkaException as error:
            raise ConfigError(f"inputs.kafka: {error}") from error
        # Callbacks run inside `consume`, in this thread, so they need no lock.
        self._consumer.subscribe(list(config.topics), on_revoke=self._revoked, on_lost=self._lost)
        self._repeats = Repeats()
        self._taken: dict[tuple[str, int], int] = {}
        self._committed_at = 0.0
        self.messages: Counter[str] = Counter(dict.fromkeys(config.topics, 0))
        self.repeated: Counter[str] = Counter(dict.fromkeys(config.topics, 0))
        self.errors: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
        self.lag: dict[str, int] = {}
        self.is_connected = True
        """Whether a broker could be reached, the last time the library looked."""

    def turn(self) -> int:
        """Read and hand on what there is; returns the number of messages."""
        good: list[Any] = []
        for message in self._consumer.consume(MESSAGES_AT_ONCE, WAIT_SECONDS):
            if message.error() is None:
                good.append(message)
            else:
                self._note("broker", message.error())
        for body in bodies_of(self._new(good)):
            self._feed(body.content, body.content_type, body.headers)
        for message in good:
            # Kafka's committed offset is that of the next message to read.
            self._taken[message.topic(), message.partition()] = message.offset() + 1
        if time.monotonic() - self._committed_at >= COMMIT_SECONDS:
            self._committed_at = time.monotonic()
            self._commit()
            self._measure()
        return len(good)

    def close(self) -> None:
        """Commit, and leave the group, so that others take over at once."""
        self._commit()
        self._consumer.close()

    def _new(self, messages: list[Any]) -> Any:
        for message in messages:
            content, headers = message.value(), headers_of(message)
            self.messages[message.topic()] += 1
            if content is None:  # marks a deletion
                continue
            if self._repeats.is_new(content, headers):
                yield content, headers
            else:
                self.repeated[message.topic()] += 1

    def _commit(self) -> None:
        """Commit what has been taken."""
        offsets = [self._library.TopicPartition(*place, offset) for place, offset in self._taken.items()]
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
            self._taken.clear()
        except self._library.KafkaException as error:
            self._note("commit", error)

    def _revoked(self, consumer: Any, partitions: Any) -> None:
        """Commit before others get the partitions: everything that was read has been taken."""
        self._commit()
        self._taken.clear()

    def _lost(self, consumer: Any, partitions: Any) -> None:
        """Forget what cannot be committed any more: others have the partitions already."""
        self._taken.clear()

    def _measure(self) -> None:
        lag: Counter[str] = Counter(dict.fromkeys(self.config.topics, 0))
        for place in self._consumer.position(self._consumer.assignment()):
            _, newest = self._consumer.get_watermark_offsets(place, cached=True)
            if place.offset >= 0 and newest >= 0:
                lag[place.topic] += max(newest - place.offset, 0)
        self.lag = dict(lag)

    def _look_at_brokers(self, statistics: str) -> None:
        """Note whether any broker is connected: the library retries for ever, and reports no error meanwhile."""
        was, brokers = self.is_connected, json.loads(statistics)["brokers"].values()
        self.is_connected = any(broker["state"] == "UP" for broker in brokers)
        if self.is_connected != was:
            log.warning("kafka %s: %s", self.config.brokers, "connected" if self.is_connected else "not connected")

    def _note(self, reason: str, error: object) -> None:
        self.errors[reason] += 1
        log.warning("kafka %s: %s: %s", self.config.brokers, reason, error)


def _options(config: KafkaConfig) -> dict[str, Any]:
    """Return the options of the client library: ours are what at-least-once needs."""
    return {
        "queued.max.messages.kbytes": QUEUED_KILOBYTES,
        **(_written(config.options_file) if config.options_file else {}),
        # After the file: what the configuration names, and what at-least-once needs, cannot be overridden there.
        "bootstrap.servers": config.brokers,
        "group.id": config.group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "statistics.interval.ms": STATISTICS_MILLISECONDS,
    }


def _written(path: Path) -> dict[str, str]:
    """Return the options in a file of ``name=value``."""
    try:
        lines = read_bytes(path, MEGABYTE).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"inputs.kafka.options_file: {path}: {error}") from error
    pairs = [line.partition("=") for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {name.strip(): value.strip() for name, _, value in pairs}
