"""A report of the proxy arrives as it was sent."""

import json

from inference_exporter.intake.proxy_totals import ProxyTotals, totals_of


def test_a_report_survives_json():
    """Counts, histograms and labels are the same on the other side."""
    totals = ProxyTotals(connections=2, bytes_up=7)
    totals.requests["200"] += 3
    totals.dropped["busy"] += 1
    totals.first_byte.add(0.004)
    totals.last_byte.add(100.0)
    assert totals_of(json.loads(json.dumps(totals.report()))) == totals
