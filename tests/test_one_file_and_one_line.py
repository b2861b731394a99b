"""Adding a member of a family takes one new file and one line, as in CONTRIBUTING.md; checked with toys in a copy."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import inference_exporter
import pytest

pytestmark = pytest.mark.slow  # a second package is made and imported
ROOT = Path(__file__).parent.parent
# By family: the toy's module, its text, and the line that registers it.
TOYS = {
    "decode": (
        "toy",
        '''"""Numbers, one a line."""

from ..samples.records import Rows
from ._base import WireFormat


def read(chunks):
    """Yield one block of records."""
    values = [{"features": {"a": float(line)}} for line in b"".join(chunks).split()]
    yield Rows(values, range(len(values)))


FORMAT = WireFormat("toy", ("text/toy",), read, reasons=("not_a_toy",))
''',
        "from .toy import FORMAT as TOY",
    ),
    "payloads": (
        "toy",
        '''"""Toys."""

from ._base import Inference, PayloadFormat, Requested

FORMAT = PayloadFormat(
    "toy",
    "A toy",
    recognises=lambda document, attributes: "toy" in document,
    names=("toy",),
    read=lambda document, attributes: Inference(Requested([{"a": 1}])),
)
''',
        "from .toy import FORMAT as TOY",
    ),
    "payloads/envelopes": (
        "toy",
        '''"""A box around a payload."""

from ._base import Enclosed, Envelope

ENVELOPE = Envelope(
    "toy",
    "A toy box",
    recognises=lambda document, attributes: "toy_box" in document,
    open=lambda document, attributes: [Enclosed(document["toy_box"])],
    names=("toy_box",),
)
''',
        "from .toy import ENVELOPE as TOY",
    ),
    "intake/ways": (
        "toy/way",
        '''"""Reads one payload when it starts."""

import threading

from .._base import Number, Way


class Toy:
    """One payload in a box."""

    def __init__(self, feed):
        self._feed, self._taken = feed, 0

    def run(self, stop):
        """Feed it, and wait for the end."""
        self._taken += self._feed(b'{"toy_box": {"toy": 1}}', "application/json", {}).accepted
        stop.wait()

    def reconfigure(self, config):
        """Nothing to read anew."""

    def numbers(self):
        """Return how many it has fed."""
        values = {("box",): self._taken}
        return [Number("inference_exporter_input_toys_total", "Toys read.", "counter", ("source",), values)]

    def working(self, now):
        """Return that its one source can be read."""
        return {"box": True}


WAY = Way("toy", lambda config, around: Toy(around.feed))
''',
        "from .toy.way import WAY as TOY",
    ),
    "measures/drift": (
        "toy",
        '''"""Samples of the window."""

from ._base import DriftMeasure

MEASURE = DriftMeasure(
    key="toy", help="Samples.", compute=lambda comparison: comparison.n_window, formula="n", title="Toy of drift"
)
''',
        "from .toy import MEASURE as TOY",
    ),
    "measures/evidence": (
        "toy",
        '''"""A test that sees all."""

import numpy as np

from ._base import EvidenceTest, percent

TEST = EvidenceTest(
    key="toy",
    weight=1e6,
    title="its toy property",
    sees="anything",
    statistic="none",
    matters=percent,
    pvalue=lambda facts: np.zeros_like(facts.values.window),
    effect=lambda facts: np.ones_like(facts.values.window),
    limit=lambda facts, z: np.ones_like(facts.values.window),
    threshold=lambda thresholds: thresholds.share,
)
''',
        "from .toy import TEST as TOY",
    ),
    "measures/performance": (
        "toy",
        '''"""Classes."""

from ._base import ClassificationMeasure

MEASURE = ClassificationMeasure(
    key="toy_ratio", help="Classes.", compute=lambda totals: {"": len(totals.classes) / 1}, title="Toy of performance"
)
''',
        "from .toy import MEASURE as TOY",
    ),
    "measures/quality": (
        "toy",
        '''"""All values."""

from ._base import QualityMeasure

MEASURE = QualityMeasure(
    "toy_ratio", "Toy of quality", "Values.", lambda counts: counts.total / counts.total, "of a toy"
)
''',
        "from .toy import MEASURE as TOY",
    ),
    "detectors": (
        "toy/watch",
        '''"""Counts samples."""

from dataclasses import dataclass

from ...reference.traits import Record, Trait
from .._base import DetectorKind


@dataclass(frozen=True)
class Learned:
    """What it learns."""

    rows: int


@dataclass(frozen=True)
class ToyView:
    """What it shows."""

    samples: int
    learned_from: int


class Toy:
    """State of one model."""

    def __init__(self, watched):
        self._samples, self._learned = 0, RECORD.of(watched.grid.reference).rows

    def prepare(self, batch, located):
        """Return what is added."""
        return batch.size

    def add(self, prepared, times, now):
        """Count."""
        self._samples += prepared

    def view(self, now):
        """Return the count."""
        return ToyView(self._samples, self._learned)


RECORD = Record("toy", Learned)
KIND = DetectorKind("toy", Toy, (Trait(RECORD, lambda samples, reference: Learned(samples.batch.size)),))
''',
        "from .toy.watch import KIND as TOY",
    ),
    "exposition": (
        "toy",
        '''"""What the toy detector shows."""

from ._base import ModelGroup, gauge, model_labels


def _families(views):
    family = gauge("model_toy_samples", "Samples that the toy saw.")
    for view in views:
        family.add(model_labels(view.key), view.parts["toy"].samples)
    yield family


GROUP = ModelGroup("toy", _families)
''',
        "from .toy import GROUP as TOY",
    ),
}
LOOK = """
import json, sys, time
from pathlib import Path
import numpy as np
from inference_exporter.app import Application
from inference_exporter.config.file import load
from inference_exporter.config.schema import Config, Window
from inference_exporter.decode import FORMATS
from inference_exporter.exposition import GROUPS
from inference_exporter.intake.accounting import Accounting
from inference_exporter.samples.rejections import Rejections
from inference_exporter.intake.payload_report import explained
from inference_exporter.intake.translation import FORMAT_KEYS
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.explain.explanation import explain
from inference_exporter.page import text
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from statistics_src import measures, tests_table
from statistics_src.effort import Effort

config = load(Path(sys.argv[1])).models[0]
key = ModelKey("m", "1", "champion")

def batch(n, low, ids=None):
    numbers = np.random.default_rng(low).normal(low, size=n)
    return Batch(n, key, np.full(n, 1e9), features={"a": numbers}, prediction=["x", "y"] * (n // 2), ids=ids)

reference = learn(batch(1000, 0), in_order=False)
monitor = Monitor(key, config, (Window("5m", 300.0),), reference)
monitor.add(batch(400, 0, [str(i) for i in range(400)]), 1e9)
monitor.join(OutcomeBatch(key, ["1", "2"], ["x", "x"], np.full(2, np.nan)), 1e9)
view = monitor.view(1e9)
window = view.windows[0].histograms
counted = Accounting(tuple(FORMATS))
counted.samples("toy", 1, Rejections())
payload = explained(b'{"toy": 1, "instances": []}', {})
boxed = explained(b'{"toy_box": {"toy": 1}}', {})
application = Application(Config())
application.start()
asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "QUERY_STRING": "collect[]=inputs"}
until = time.monotonic() + 60
scraped = ""
while 'toys_total{source="box"} 1' not in scraped and time.monotonic() < until:
    time.sleep(0.01)
    scraped = b"".join(application.wsgi(asked, lambda status, headers: None)).decode()
application.stop()
print(json.dumps({
    "payload": payload.texts[0], "boxed": boxed.texts[0], "scraped": scraped.splitlines(),
    "formats": [*FORMAT_KEYS],
    "families": [family.name for group in GROUPS.values() for family in group.families([view]) if family.series],
    "titles": [text.title("toy"), text.title("toy_ratio")],
    "decisive": [*window.decisive], "decisive_words": text.decisive("toy"),
    "sentence": explain(window, [0])[0].explanation.sentence,
    "rejected": [[*pair] for pair, n in counted.totals().rejected.items() if n == 0],
    "traits": [*reference.traits],
    "statistics": measures.described() + tests_table.measure(Effort(quick=True)).blocks["tests"],
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """The output of a copy of the package with a toy of every family."""
    folder = tmp_path_factory.mktemp("toys")
    package = folder / "inference_exporter"
    without = shutil.ignore_patterns("__pycache__", "demo", "templates")
    shutil.copytree(Path(inference_exporter.__file__).parent, package, ignore=without)
    for family, (module, content, line) in TOYS.items():
        file = package / family / f"{module}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
        (file.parent / "__init__.py").touch()
        members = package / family / "__init__.py"
        before, table, after = members.read_text(encoding="utf-8").partition("\n\n")
        lines, _, tables = after.partition("\n\n")
        members.write_text(f"{before}{table}{lines}\n{line}\n\n{tables}", encoding="utf-8")
    settings = folder / "config.yml"
    settings.write_text("models: [{name: m, drift: {measures: [toy]}}]\n", encoding="utf-8")
    paths = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'scripts'}"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, settings], capture_output=True, text=True, timeout=800, env=os.environ | paths
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_drift_measure_is_complete(seen):
    """It has its metrics, can be chosen by its key, has its title on the page and its row on the statistics page."""
    assert {f"model_{subject}_drift_toy" for subject in ("feature", "prediction")} <= set(seen["families"])
    assert seen["titles"][0] == "Toy of drift"
    assert "| `toy` | Toy of drift | n |" in seen["statistics"]


def test_a_performance_measure_is_complete(seen):
    """It has its metric and its title on the page."""
    assert "model_toy_ratio" in seen["families"]
    assert seen["titles"][1] == "Toy of performance"


def test_a_quality_measure_is_complete(seen):
    """It has its metric."""
    assert "model_feature_toy_ratio" in seen["families"]


def test_a_wire_format_is_complete(seen):
    """Its own reason to reject is counted from 0, for it and for the other formats."""
    assert ["toy", "not_a_toy"] in seen["rejected"]
    assert ["toy", "unreadable"] in seen["rejected"]


def test_a_payload_is_complete(seen):
    """It is recognised before formats with common names, named in words, and counted from 0."""
    assert "recognised as: A toy" in seen["payload"]
    assert "toy" in seen["formats"]


def test_an_envelope_is_complete(seen):
    """It is opened, and what is inside is recognised."""
    assert "recognised as: A toy" in seen["boxed"]


def test_a_way_in_is_complete(seen):
    """It is started, what it reads is counted as a sample, and its numbers and its state are on /metrics."""
    assert 'inference_exporter_input_toys_total{source="box"} 1' in seen["scraped"]
    assert 'inference_exporter_input_up{input="toy",source="box"} 1.0' in seen["scraped"]


def test_a_test_of_the_verdict_is_complete(seen):
    """It decides, in words on the page and in the explanation, and has its row on the statistics page."""
    assert seen["decisive"][0] == "toy"
    assert seen["decisive_words"] == "its toy property"
    assert "changed in its toy property" in seen["sentence"]
    assert "| `toy` | anything | none | 2 % of all values | 100 % |" in seen["statistics"]


def test_a_detector_and_its_metric_family_are_complete(seen):
    """What it learns is in the reference, what it shows in the view, and a family of one more file reads it."""
    assert "toy" in seen["traits"]
    assert "model_toy_samples" in seen["families"]
