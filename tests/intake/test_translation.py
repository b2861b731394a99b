"""Records of any logger become samples and outcomes, each at its place in the body."""

import pytest
from inference_exporter.decode import FORMATS
from inference_exporter.intake.pairing import Pairing
from inference_exporter.intake.translation import ALONE, UNKNOWN, Translator
from inference_exporter.payloads.streams import with_whole_streams
from inference_exporter.samples.records import Rows
from inference_exporter.samples.rejections import Rejected, Rejections
from inference_exporter.samples.transposed import Transposed


@pytest.fixture
def translator():
    return Translator(Pairing(10**6, 60.0), lambda *key: ())


def translate(translator, *documents, now=0.0):
    return dict(translator.translate(Rows(documents, range(len(documents))), {}, now))


def test_formats_may_mix(translator):
    """Each record of a body is recognised by itself; a bad one costs only itself."""
    found = translate(
        translator,
        {"features": {"a": 1}},
        {"instances": [[1], [2]]},
        {"id": "r", "outcome": 1},
        {"request": {"instances": 5}, "response": {}},
        {"foo": 1},
    )
    assert next(found["native"].sample_rows()).indices == [0]
    assert found["native"].outcome_rows().indices == [2]
    assert found["inference_body"].sample_indices == [1, 1]
    assert [(each.index, each.reason) for each in found["exchange"].rejected] == [(3, "unreadable_payload")]
    assert [(each.index, each.reason) for each in found[UNKNOWN].rejected] == [(4, "unknown_payload")]


def test_samples_of_one_shape_stay_columns(translator):
    """Lines of one shape reach the engine as they were decoded, also among the payloads of loggers."""
    lines = b"".join(b'{"features":{"a":%d},"prediction":"yes"}\n' % row for row in range(200))
    blocks = list(with_whole_streams(FORMATS["ndjson"].read_payloads([lines])))
    found = [translated for block in blocks for translated in translator.translate(block, {}, 0.0)]
    rows = [each for key, translated in found for each in translated.sample_rows() if key == "native"]
    assert sum(len(each.values) for each in rows) == 200
    assert any(isinstance(each.values, Transposed) for each in rows)
    assert [index for each in rows for index in each.indices] == list(range(200))


def test_rejections_of_the_body_are_kept(translator):
    """Lines that are not JSON stay rejected."""
    block = Rows((), (), Rejections([Rejected(3, "not JSON", "not_json")]))
    [(_, found)] = translator.translate(block, {}, 0.0)
    assert [each.reason for each in found.rejected] == ["not_json"]


def test_halves_wait_and_are_released(translator):
    """A half with an id waits; when its time is up, it counts with what it has."""
    found = translate(translator, {"id": "r", "inputs": [[1]]})
    assert (found["inference_body"].waiting, found["inference_body"].samples) == (1, [])
    assert list(translator.expired(1.0)) == []
    [(key, alone)] = translator.expired(60.0)
    assert (key, [sample["id"] for sample in alone.samples]) == (ALONE, ["r"])


def test_rows_that_do_not_match_are_rejected(translator):
    """Request and response of different lengths are rejected with the place of the later half."""
    found = translate(translator, {"id": "r", "inputs": [[1], [2]]}, {"id": "r", "predictions": [1]})
    assert [(each.index, each.reason) for each in found["inference_body"].rejected] == [(1, "unreadable_payload")]
