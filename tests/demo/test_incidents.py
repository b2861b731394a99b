import itertools
from datetime import UTC, datetime, timedelta

import pytest
from inference_exporter.demo.incidents import INCIDENTS, as_received, notices
from inference_exporter.demo.names import FEATURES

FEATURES_SENT = {"pressure": 1013.25, "visib": 10.0, "carrier": "B6", "temp": 50.0}
EXPECTED = {"pressure": 29.92, "visib": None, "carrier": "JBU"}


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.feature)
def test_an_incident_changes_its_feature_and_nothing_else(incident):
    """During an incident one feature is changed; just before it and from its end on, features are normal."""
    changed = FEATURES_SENT | {incident.feature: EXPECTED[incident.feature]}
    assert as_received(FEATURES_SENT, incident.start) == changed
    assert as_received(FEATURES_SENT, incident.start - timedelta(seconds=1)) == FEATURES_SENT
    assert as_received(FEATURES_SENT, incident.end) == FEATURES_SENT


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.feature)
def test_a_missing_value_stays_missing(incident):
    """A missing value stays missing in a broken feed."""
    assert as_received({incident.feature: None}, incident.start)[incident.feature] is None


def test_incidents_hit_features_one_after_the_other():
    """Each concerns a feature of the model, and incidents do not overlap."""
    assert {incident.feature for incident in INCIDENTS} <= set(FEATURES)
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(INCIDENTS))


def test_each_incident_is_announced_and_ended():
    """Start and end of each incident are announced, in order."""
    told = notices()
    assert [notice.kind for notice in told] == ["incident", "recovery"] * len(INCIDENTS)
    assert told == sorted(told, key=lambda notice: notice.time)
    assert all(notice.time.tzinfo is UTC and notice.time < datetime(2014, 1, 1, tzinfo=UTC) for notice in told)
