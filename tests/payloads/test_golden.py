"""Each golden payload means what its file says; no mutation of one does more harm than to itself."""

import pytest
from inference_exporter.decode import FORMATS
from inference_exporter.intake.payload_report import explained
from inference_exporter.payloads import PAYLOADS
from inference_exporter.payloads.envelopes import ENVELOPES

from .golden_files import GOLDEN, GOLDENS

WITHOUT = {"arrow", "json", "ndjson"}
"""Wire formats whose own tests have their payloads."""


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: f"{golden.folder}/{golden.path.stem}")
def test_a_payload_means_what_its_file_says(golden, request):
    """Recognised format, samples, outcomes and rejections are those of the file beside it."""
    found = "\n\n".join(explained(golden.body, golden.headers).texts) + "\n"
    if request.config.getoption("--update-golden"):
        golden.expected.write_text(found, encoding="utf-8")
    assert golden.expected.read_text(encoding="utf-8") == found


def test_every_format_has_a_payload():
    """Each format, each envelope and each wire format has a folder."""
    folders = {path.name for path in GOLDEN.iterdir() if path.is_dir()}
    assert {*PAYLOADS, *ENVELOPES, *FORMATS} - WITHOUT - folders == set()
