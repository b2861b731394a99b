"""Reads the configured topics, each entry as a member of its group (extra ``kafka``)."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ....config.inputs import InputsConfig, KafkaConfig
from ....errors import ConfigError
from .._base import STALLED_SECONDS, Number, Surroundings, Way
from .consumer import REASONS, Consumer

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
Values = dict[tuple[str, ...], float]


class Topics:
    """The consumers of all entries, in one thread."""

    def __init__(self, config: InputsConfig, around: Surroundings) -> None:
        self._around, self._wanted = around, config.kafka
        self._consumers: dict[KafkaConfig, Consumer] = {}
        # Entries whose options the library refused: trying again each second would only fill the log.
        self._unusable: set[KafkaConfig] = set()
        self._turned_at = time.monotonic()

    def reconfigure(self, config: InputsConfig) -> None:
        """Read the topics of a new configuration."""
        self._wanted = config.kafka

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop."""
        try:
            while not stop.is_set():
                self._adjust()
                self._around.give_way()
                for consumer in self._consumers.values():
                    consumer.turn()
                self._turned_at = time.monotonic()
                if not self._consumers:
                    stop.wait(IDLE_SECONDS)
        finally:
            for consumer in self._consumers.values():
                consumer.close()
            self._consumers = {}

    def working(self, now: float) -> Mapping[str, bool]:
        """Return for each topic whether every entry that names it has a broker, and the thread reads."""
        has_turned = now - self._turned_at < STALLED_SECONDS
        up = {config for config, consumer in list(self._consumers.items()) if consumer.is_connected}
        missing = {topic for config in self._wanted if config not in up for topic in config.topics}
        return {topic: has_turned and topic not in missing for config in self._wanted for topic in config.topics}

    def numbers(self) -> Sequence[Number]:
        """Return what to show on /metrics."""
        consumers = list(self._consumers.values())
        if not self._wanted:
            return ()
        topics = [topic for config in self._wanted for topic in config.topics]
        messages = _sum(topics, [each.messages for each in consumers])
        repeated = _sum(topics, [each.repeated for each in consumers])
        errors = _sum(REASONS, [each.errors for each in consumers])
        lag = _sum(topics, [Counter(each.lag) for each in consumers])
        start = "inference_exporter_kafka"
        return (
            Number(f"{start}_consumers", "Members of consumer groups.", "gauge", (), {(): len(consumers)}),
            Number(f"{start}_messages_total", "Messages read.", "counter", ("topic",), messages),
            Number(f"{start}_repeated_messages_total", "Messages that came before, by their id, not counted again.",
                   "counter", ("topic",), repeated),
            Number(f"{start}_lag_messages", "Messages that are still to be read, of this member's partitions.", "gauge",
                   ("topic",), lag),
            Number(f"{start}_errors_total", "Faults of the broker or the connection, by reason.", "counter",
                   ("reason",), errors),
        )  # fmt: skip

    def _adjust(self) -> None:
        for config in set(self._consumers) - set(self._wanted):
            self._consumers.pop(config).close()
        for config in self._wanted:
            if config not in self._consumers and config not in self._unusable:
                try:
                    self._consumers[config] = Consumer(config, self._around.feed)
                except ConfigError as error:
                    self._unusable.add(config)
                    log.error("%s", error)


def _sum(names: Iterable[str], counts: "Sequence[Counter[str]]") -> Values:
    total = Counter(dict.fromkeys(names, 0))
    for each in counts:
        total.update(each)
    return {(name,): number for name, number in total.items()}


WAY = Way("kafka", Topics)
