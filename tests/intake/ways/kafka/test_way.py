"""Topics of a real broker are read at least once and counted once, also when members of the group come and die."""

import json
import threading
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from broker import Broker, Missing
from inference_exporter.config.inputs import InputsConfig, KafkaConfig
from inference_exporter.demo.processes import free_port
from inference_exporter.failures import Failures
from inference_exporter.intake.feed import Taken
from inference_exporter.intake.ways._base import Surroundings
from inference_exporter.intake.ways.kafka import consumer
from inference_exporter.intake.ways.kafka.messages import Repeats, bodies_of
from inference_exporter.intake.ways.kafka.way import Topics

LONG_ENOUGH = 120.0


class Replica:
    """A member of the group, and what it took by id."""

    def __init__(self, broker, *topics, options_file=None):
        self.taken, self.bodies = Counter(), []
        config = KafkaConfig(broker.address, topics, "watchers", options_file)
        around = Surroundings(self._feed, lambda: None, Failures(), None)
        self.topics, self._stop = Topics(InputsConfig(kafka=(config,)), around), threading.Event()
        self._thread = threading.Thread(target=self.topics.run, args=(self._stop,), daemon=True)
        self._thread.start()

    def _feed(self, body, content_type, headers):
        self.bodies.append((content_type, body, dict(headers)))
        for line in body.splitlines():
            self.taken[json.loads(line).get("id")] += 1
        return Taken(1)

    def number(self, name):
        numbers = {each.name: each.values for each in self.topics.numbers()}
        return sum(numbers[f"inference_exporter_kafka_{name}"].values())

    def working(self):
        return self.topics.working(time.monotonic())

    def leave(self):
        """Commit and leave the group."""
        self._stop.set()
        self._thread.join(LONG_ENOUGH)
        assert not self._thread.is_alive()


def wait_for(holds, what):
    pause, until = threading.Event(), time.monotonic() + LONG_ENOUGH
    while not holds():
        assert time.monotonic() < until, what
        pause.wait(0.05)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """A broker, or a skip with the reason."""
    pytest.importorskip("confluent_kafka", reason="the extra kafka is missing")
    try:
        running = Broker(tmp_path_factory.mktemp("kafka"))
    except Missing as missing:
        pytest.skip(str(missing))
    yield running
    running.stop()


def produce(broker, topic, messages, headers=None):
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker.address})
    for number, message in enumerate(messages):
        producer.produce(topic, message, key=str(number), headers=headers)
    assert producer.flush(LONG_ENOUGH) == 0


def sample(number):
    return json.dumps({"id": f"r-{number}", "features": {"x": number}, "prediction": "yes"})


def test_topics_without_a_broker_are_down(monkeypatch):
    """The library retries without an error where nobody listens; the topics show as down all the same."""
    pytest.importorskip("confluent_kafka", reason="the extra kafka is missing")
    monkeypatch.setattr(consumer, "STATISTICS_MILLISECONDS", 50)
    replica = Replica(SimpleNamespace(address=f"127.0.0.1:{free_port()}"), "requests", "outcomes")
    wait_for(lambda: replica.working() == {"requests": False, "outcomes": False}, "seems to be up")
    replica.leave()


def test_an_entry_with_an_unknown_option_is_down(tmp_path):
    """It is never read, which the log says once; its topics stay down."""
    pytest.importorskip("confluent_kafka", reason="the extra kafka is missing")
    options = tmp_path / "options"
    options.write_text("no.such.option=1")
    replica = Replica(SimpleNamespace(address="127.0.0.1:9"), "requests", options_file=options)
    wait_for(lambda: replica.number("consumers") == 0, "reads")
    replica.leave()
    assert replica.working() == {"requests": False}


@pytest.mark.slow
@pytest.mark.end_to_end
class TestWithABroker:
    def test_replicas_share_a_topic_and_take_over(self, broker):
        """Two members read disjoint parts; when one leaves, the other reads the rest, and each message counts once."""
        produce(broker, "shared", map(sample, range(300)))
        one = Replica(broker, "shared")
        wait_for(lambda: sum(one.taken.values()) == 300, "the first messages")
        other = Replica(broker, "shared")
        numbers = iter(range(300, 100_000, 20))

        def reads_too():
            start = next(numbers)
            produce(broker, "shared", map(sample, range(start, start + 20)))
            return other.taken

        wait_for(reads_too, "the second member has no partition")
        one.leave()
        last = next(numbers)
        produce(broker, "shared", map(sample, range(last, last + 20)))
        wait_for(lambda: len(one.taken | other.taken) == last + 20, "the rest")
        wait_for(lambda: other.number("lag_messages") == 0, "lag")
        wait_for(lambda: other.working() == {"shared": True}, "seems to be down")
        other.leave()
        total = one.taken + other.taken
        assert total == Counter({f"r-{number}": 1 for number in range(last + 20)})

    def test_a_new_member_goes_on_where_the_last_stopped(self, broker):
        """Offsets are committed once the messages are taken."""
        produce(broker, "again", map(sample, range(50)))
        first = Replica(broker, "again")
        wait_for(lambda: sum(first.taken.values()) == 50, "the first messages")
        first.leave()
        produce(broker, "again", map(sample, range(50, 60)))
        second = Replica(broker, "again")
        wait_for(lambda: len(second.taken) == 10, "the new messages")
        second.leave()
        assert set(second.taken) == {f"r-{number}" for number in range(50, 60)}

    def test_several_topics_and_repeats(self, broker):
        """Messages of several topics are read; one that a producer sent twice counts once; headers are attributes."""
        produce(broker, "requests", [*map(sample, range(5)), *map(sample, range(5))])
        produce(broker, "halves", [b'{"id": "h", "instances": [[1]]}'], {"ce_id": b"e-1", "ce_type": b"t"})
        produce(broker, "outcomes", [b'{"id": "r-1", "outcome": "no"}', None])
        replica = Replica(broker, "requests", "halves", "outcomes")
        wait_for(lambda: replica.number("messages_total") == 13, "messages")
        wait_for(lambda: sum(replica.taken.values()) == 7, "bodies")
        replica.leave()
        assert replica.taken["r-1"] == 2, "a sample and its outcome"
        (event,) = [headers for _, _, headers in replica.bodies if headers]
        assert event == {"ce-id": "e-1", "ce-type": "t"}

    def test_unusable_options_are_logged(self, broker, tmp_path, caplog):
        """An option that the library does not know costs only its entry."""
        options = tmp_path / "kafka.properties"
        options.write_text("# comment\nno.such.option=1\n")
        replica = Replica(broker, "requests", options_file=options)
        wait_for(lambda: "no.such.option" in caplog.text, "nothing logged")
        replica.leave()


def test_repeats_need_an_id():
    """Alike messages without an id all count; with one, only the first, within what is remembered."""
    repeats = Repeats(remembered=2)
    assert all(repeats.is_new(b'{"features": {"x": 1}}', {}) for _ in range(3))
    assert [repeats.is_new(b'{"id": 1}', {}) for _ in range(2)] == [True, False]
    assert [repeats.is_new(b"1", {"ce-id": each, "ce-type": "a"}) for each in "ab"] == [True, True]
    assert repeats.is_new(b'{"id": 1}', {}), "forgotten"


def test_small_objects_travel_together():
    """Objects on one line become one body of lines; anything else stays alone, with its headers."""
    messages = [(b'{"a": 1}', {}), (b"\x00bin", {}), (b'{"b": 2}', {}), (b'{"c": 3}', {"content-type": "text/csv"})]
    found = {(body.content, body.content_type) for body in bodies_of(messages)}
    assert found == {
        (b'{"a": 1}\n{"b": 2}', "application/x-ndjson"),
        (b"\x00bin", "application/octet-stream"),
        (b'{"c": 3}', "text/csv"),
    }
