"""What real model servers and their loggers sent, captured by `make interop`, is read as the client saw it."""

import json
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from inference_exporter.decode import FORMATS
from inference_exporter.intake.body import chunks_of
from inference_exporter.intake.pairing import Pairing
from inference_exporter.intake.translation import Translator
from inference_exporter.payloads import PAYLOADS
from inference_exporter.payloads.cloudevents import attributes_of

GOLDEN = Path(__file__).parent / "golden"
CAPTURES = sorted(GOLDEN.glob("*/captured-*.json"))
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def body_of(post):
    """Return the body of a captured post."""
    if "json" in post:
        return json.dumps(post["json"]).encode()
    return post["text"].encode() if "text" in post else b64decode(post["base64"])


def translated(posts):
    """Return samples and formats of posts, in order, as the intake reads them."""
    translator = Translator(Pairing(2**30, 60), lambda model, version, variant: FEATURES)
    samples, formats, rejected = [], set(), []
    for post in posts:
        headers = post["headers"]
        wire_format = next(each for each in FORMATS.values() if headers["content-type"] in each.content_types)
        chunks = chunks_of(BytesIO(body_of(post)).read, headers.get("content-encoding", ""), 2**20)
        for block in (wire_format.read_payloads or wire_format.read)(chunks):
            for key, found in translator.translate(block, attributes_of(headers), 0.0):
                samples += found.samples
                formats.add(key)
                rejected += [item.message for item in found.rejected.first()]
    return samples, formats, rejected


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
class TestEveryCapture:
    def test_nothing_is_rejected(self, path):
        """Each post is recognised as the format of its folder."""
        _, formats, rejected = translated(json.loads(path.read_text())["posts"])
        assert not rejected
        assert formats == {path.parent.name}

    def test_samples_are_what_the_client_saw(self, path):
        """Features, prediction and id of each sample are those that the client sent and got."""
        document = json.loads(path.read_text())
        samples, _, _ = translated(document["posts"])
        by_id = {sample.get("id"): sample for sample in samples}
        for expected in document["samples"]:
            found = by_id[expected["id"]]
            assert found["features"] == pytest.approx(expected["features"])
            assert str(found["prediction"]) == str(expected["prediction"])

    def test_names_no_machine(self, path):
        """A capture says from which server and version it is, and nothing about the machine that it ran on."""
        document = json.loads(path.read_text())
        assert path.stem == f"captured-{document['server']}-{document['version']}"
        assert not [word for word in ("/root", "/home", "/tmp", "127.0.0.1:") if word in path.read_text()]


def test_formats_of_captures_exist():
    """The folder of a capture is the key of a registered format."""
    assert {path.parent.name for path in CAPTURES} <= {*PAYLOADS}
