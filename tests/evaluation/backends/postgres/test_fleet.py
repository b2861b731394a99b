"""Two replicas of the sidecar and one database: an outcome may arrive at either, and counts once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import psutil
import psycopg
import pytest
import requests
from inference_exporter.config.evaluation import EvaluationConfig
from inference_exporter.config.schema import Config, ModelConfig, OutcomesConfig, StorageConfig
from inference_exporter.demo.processes import free_port

PATIENCE_SECONDS = 120.0
CLASSES = ("no", "yes")


def wait_until(holds, what="it holds"):
    until = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < until, f"waited in vain until {what}"
        pause.wait(0.1)


def sample(number, **more):
    """Return a prediction that depends on its number."""
    prediction = CLASSES[number % 2]
    return {"id": f"r{number}", "model": "m", "version": "1", "features": {"x": 1.5}, "prediction": prediction,
            "scores": {"yes": 0.25 + 0.5 * (number % 2)}, **more}  # fmt: skip


def outcome(number, value=None):
    """Return the outcome of a prediction, which depends on its number too."""
    return {"id": f"r{number}", "model": "m", "outcome": value or CLASSES[number % 3 == 0]}


class Fleet:
    """Applications without sockets, all of one database."""

    def __init__(self, start, folder, url):
        self._start, self._folder, self._url = start, folder, url
        self.started = []

    def replica(self, name, remember=100_000):
        model = ModelConfig(name="m", version="1", outcomes=OutcomesConfig(remember=remember))
        config = Config(
            models=(model,), storage=StorageConfig(path=self._folder / name), evaluation=EvaluationConfig(url=self._url)
        )
        running = self._start(config)
        self.started.append(running)
        return running

    def stop(self):
        for running in self.started:
            running.application._evaluation.close()


@pytest.fixture
def fleet(sidecar, tmp_path, url):
    """Return replicas in this process."""
    made = Fleet(sidecar, tmp_path, url)
    yield made
    made.stop()


def counted(*replicas):
    """Return the joined outcomes of replicas by outcome and prediction, from their counters."""
    total = Counter()
    for running in replicas:
        for (name, labels), value in running.points().items():
            if name == "model_confusion_total":
                named = dict(labels)
                total[named["outcome"], named["prediction"]] += int(value)
    return total


def expected(numbers):
    return Counter((CLASSES[number % 3 == 0], CLASSES[number % 2]) for number in numbers)


def written(running):
    """Let a replica write what it has."""
    running.scrape()  # counts what waits for others
    store = running.application._evaluation
    store.boundary(store.entry)
    assert store.flush()


def test_an_outcome_at_another_replica_counts_there_once(fleet):
    """The replica that gets the outcome counts it, however often and wherever it comes again; both show the whole."""
    first, second = fleet.replica("a"), fleet.replica("b")
    assert first.samples([sample(number) for number in range(300)]).json["accepted"] == 300
    written(first)
    assert second.outcomes([outcome(number) for number in range(200)]).json["accepted"] == 200
    for running in (first, second, first):
        assert running.outcomes([outcome(number) for number in range(200)]).json["accepted"] == 200
    assert first.outcomes([outcome(number) for number in range(200, 300)]).status == 200
    assert counted(first, second) == expected(range(300))
    assert second.value("model_outcomes_total", model="m") == 200
    assert second.value("model_window_outcomes", model="m", window="5m") == 200
    for running in (first, second):
        (known,) = running.ask("GET", "/api/v1/models/m/predictions/r7").json["predictions"]
        assert (known["prediction"], known["outcome"], len(known["outcomes"])) == ("yes", "no", 1)


def test_a_correction_is_undone_where_it_was_counted(fleet):
    """A correction moves the windows of the replica that counted the outcome; elsewhere it is only kept."""
    first, second = fleet.replica("a"), fleet.replica("b")
    first.samples([sample(1)])
    first.outcomes([outcome(1, "no")])
    assert first.value("model_accuracy_ratio", model="m", window="5m") == 0
    first.outcomes([outcome(1, "yes")])
    assert first.value("model_accuracy_ratio", model="m", window="5m") == 1
    written(first)
    second.outcomes([outcome(1, "no")])
    assert first.value("model_accuracy_ratio", model="m", window="5m") == 1
    assert counted(first, second) == Counter({("no", "yes"): 1})
    (known,) = second.ask("GET", "/api/v1/models/m/predictions/r1").json["predictions"]
    assert [each["outcome"] for each in known["outcomes"]] == ["no", "yes", "no"]


def test_an_outcome_before_its_prediction_waits(fleet):
    """An outcome that comes first is joined once any replica has written its prediction, of an unknown model too."""
    first, second = fleet.replica("a"), fleet.replica("b")
    other = {**outcome(5), "model": "unknown"}
    second.outcomes([outcome(1), other])
    assert second.value("inference_exporter_evaluation_unanswered_outcomes") == 0
    # For a moment fewer, while some are looked up again.
    wait_until(lambda: second.value("inference_exporter_outcomes_pending") == 2, "both wait")
    first.samples([sample(1), sample(5, model="unknown")])
    written(first)
    second.application._evaluation.tend()
    wait_until(lambda: counted(first, second) == expected([1, 5]), "the outcomes are joined")
    wait_until(lambda: second.value("inference_exporter_outcomes_pending") == 0, "none waits")


def test_a_window_holds_outcomes_that_memory_has_forgotten(fleet):
    """With two predictions in memory, joins of either replica are the same as with all of them."""
    first, second = fleet.replica("a", remember=2), fleet.replica("b", remember=2)
    for start in range(0, 60, 20):
        first.samples([sample(number) for number in range(start, start + 10)])
        second.samples([sample(number) for number in range(start + 10, start + 20)])
    for running in (first, second):
        written(running)
    for running, numbers in ((first, range(40)), (second, range(30, 60)), (first, range(60))):
        running.outcomes([outcome(number) for number in numbers])
    assert counted(first, second) == expected(range(60))


def test_a_database_that_is_away_costs_no_outcome(fleet, cluster):
    """Without a database samples and outcomes are accepted, scrapes answer, and all are joined once it is back."""
    first, second = fleet.replica("a"), fleet.replica("b")
    first.samples([sample(number) for number in range(50)])
    written(first)
    cluster.stop()
    try:
        assert first.samples([sample(number) for number in range(50, 100)]).json["accepted"] == 50
        assert second.outcomes([outcome(number) for number in range(100)]).json["accepted"] == 100
        assert second.value("inference_exporter_evaluation_writable") == 0
        assert second.ask("GET", "/api/v1/models/m/predictions/r7").status == 503
    finally:
        cluster.start()
    wait_until(lambda: second.value("model_outcomes_total", model="m") == 100, "the outcomes are joined")
    assert counted(first, second) == expected(range(100))
    assert first.value("inference_exporter_evaluation_lost_total") == 0


CONFIG = """
models: [{{name: m, version: "1", outcomes: {{remember: 500}}}}]
storage: {{path: state}}
evaluation: {{url: "{url}"}}
web: {{listen_address: "127.0.0.1:{port}"}}
"""


class Serving:
    """A real ``serve``, of which the worker is killed."""

    def __init__(self, folder, url):
        folder.mkdir()
        self._port = free_port()
        (folder / "config.yml").write_text(CONFIG.format(url=url, port=self._port))
        command = [sys.executable, "-m", "inference_exporter", "serve", "--config.file=config.yml"]
        self.log = folder / "log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)

    def post(self, path, content, key):
        """Send a request until it is acknowledged."""

        def is_acknowledged():
            try:
                url = f"http://127.0.0.1:{self._port}{path}"
                return requests.post(url, json=content, headers={"Idempotency-Key": key}, timeout=30).status_code == 200
            except requests.RequestException:
                return False

        wait_until(is_acknowledged, f"{path} is acknowledged, see {self.log.read_text()[-2000:]}")

    def points(self, points_of):
        answers = []

        def answers_whole():
            try:
                answers.append(requests.get(f"http://127.0.0.1:{self._port}/metrics", timeout=30))
            except requests.RequestException:
                return False
            return answers[-1].status_code == 200

        wait_until(answers_whole, "a scrape is answered")
        return points_of(answers[-1].text)

    def kill_worker(self):
        wait_until(lambda: psutil.Process(self._process.pid).children(), "the worker runs")
        for child in psutil.Process(self._process.pid).children():
            os.kill(child.pid, signal.SIGKILL)

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


@pytest.fixture
def serving(tmp_path, url):
    """Two real replicas."""
    started = [Serving(tmp_path / name, url) for name in "ab"]
    yield started
    for each in started:
        each.stop()


def value(points, name):
    return sum(value for (series, labels), value in points.items() if series == name)


@pytest.mark.slow
def test_nothing_is_lost_or_counted_twice(serving, cluster, url, points_of):
    """Outcomes at the other replica, kill -9 of one, a crash of the database in the middle: counts are exact."""
    first, second = serving
    batches = [range(start, start + 100) for start in range(0, 1000, 100)]

    def send(replica, other, parity):
        for number, batch in enumerate(batches):
            if number % 2 == parity:
                replica.post("/v1/samples", [sample(each) for each in batch], f"s{number}")
                other.post("/v1/outcomes", [outcome(each) for each in batch[:60]], f"o{number}")
                replica.post("/v1/outcomes", [outcome(each) for each in batch[40:]], f"p{number}")

    senders = [threading.Thread(target=send, args=arguments) for arguments in ((first, second, 0), (second, first, 1))]
    for thread in senders:
        thread.start()
    first.points(points_of)
    first.kill_worker()
    cluster.stop()
    second.points(points_of)
    cluster.start()
    second.kill_worker()
    for thread in senders:
        thread.join()

    def joined():
        return sum(value(each.points(points_of), "model_outcomes_total") for each in serving)

    wait_until(lambda: joined() == 1000, "all outcomes are joined")
    total = Counter()
    for each in serving:
        for (name, labels), number in each.points(points_of).items():
            if name == "model_confusion_total":
                total[dict(labels)["outcome"], dict(labels)["prediction"]] += int(number)
    assert total == expected(range(1000))
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("SET search_path = inference_exporter")
        assert database.execute("SELECT count(DISTINCT hash) FROM outcome").fetchone() == (1000,)
        stored = "SELECT sum(rows) FROM block"
        wait_until(lambda: database.execute(stored).fetchone() == (1000,), "every prediction is stored once")
