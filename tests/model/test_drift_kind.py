"""The kind of concept drift in simulated streams: how often it is right, and how seldom wrong."""

from collections import Counter

import numpy as np
import pytest
from inference_exporter.model.concept_drift import ConceptDrift

NOW, HOUR = 1_800_000_000.0, 3600.0
STREAMS = 12
# Error ratio at the start and at the end of each part, and its number of outcomes; and where the last change begins.
SUDDEN = [(0.1, 0.1, 4000), (0.3, 0.3, 2000)], 4000
GRADUAL = [(0.1, 0.1, 4000), (0.1, 0.3, 4000)], 4000
RECURRING = [(0.06, 0.06, 2000), (0.3, 0.3, 2000), (0.06, 0.06, 4000), (0.3, 0.3, 1000)], 8000
ANOTHER = [(0.06, 0.06, 2000), (0.2, 0.2, 2000), (0.06, 0.06, 4000), (0.5, 0.5, 1000)], 8000


def view_of(random, parts):
    """Return the state after a stream, with a hundred outcomes an hour."""
    test = ConceptDrift("error_ratio", 0.12, 1.0, 1.0)
    risks = np.concatenate([np.linspace(*part) for part in parts])
    for hour, losses in enumerate((random.random(len(risks)) < risks).astype(float).reshape(-1, 100)):
        test.add(losses, NOW + hour * HOUR)
    return test.view()


@pytest.mark.parametrize(
    ("stream", "kind"),
    [(SUDDEN, "sudden"), (GRADUAL, "gradual"), (RECURRING, "recurring"), (ANOTHER, "sudden")],
    ids=["sudden", "gradual", "recurring", "another"],
)
def test_kinds_are_told_apart(stream, kind):
    """Three in four streams have the right kind, at most one of twelve a wrong one; its beginning is found."""
    parts, place = stream
    random = np.random.default_rng(11)
    views = [view_of(random, parts) for _ in range(STREAMS)]
    found = Counter(view.kind for view in views)
    assert found[kind] >= 9
    assert found[kind] + found[""] >= STREAMS - 1
    began = [(view.began - NOW) / HOUR * 100 for view in views]
    assert np.nanmedian(np.abs(np.array(began) - place)) <= 500


def test_without_drift_there_is_no_kind():
    """Errors within the limit are of no kind."""
    view = view_of(np.random.default_rng(1), [(0.1, 0.1, 3000)])
    assert (view.drifted, view.kind) == (0.0, "")
    assert np.isnan(view.began)
