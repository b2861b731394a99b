"""Seasons, and the reference for the seasons of a window."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.windows.seasons import SEASONS, Mixture, SeasonCounts

TIMES = st.floats(0, 4e9)


@given(TIMES)
def test_parts_are_those_of_the_calendar(time):
    """Hour, weekday and month are Python's, in UTC."""
    moment = datetime.fromtimestamp(int(time), UTC)
    assert SEASONS["hour_of_day"].part_of(np.array([float(int(time))]))[0] == moment.hour
    assert SEASONS["day_of_week"].part_of(np.array([float(int(time))]))[0] == moment.weekday()
    assert SEASONS["month_of_year"].part_of(np.array([float(int(time))]))[0] == moment.month - 1


def mixed(parts, weights, columns=(True,)):
    """Return the mixture of one season in one column."""
    season = SeasonCounts(parts, parts.sum(axis=1), np.array(columns))
    return Mixture(parts.sum(axis=0), np.array([0]), [season]).of([weights])


@given(arrays(np.int64, (4, 6), elements=st.integers(0, 50)), arrays(np.int64, 4, elements=st.integers(0, 100)))
def test_a_mixture_has_the_shares_of_its_parts(parts, weights):
    """Each part has its share of the window; the whole replaces a part without rows."""
    rows, whole = parts.sum(axis=1), parts.sum(axis=0)
    if weights.sum() == 0 or whole.sum() == 0:
        return
    found = mixed(parts, weights)
    shares = [part / part.sum() if part.sum() else whole / whole.sum() for part in parts]
    expected = sum(w / weights.sum() * share for w, share in zip(weights, shares, strict=True))
    assert found / found.sum() == pytest.approx(expected, abs=1e-9)
    assert found.sum() <= rows.sum() * (1 + 1e-9) or not rows.all()


def test_the_size_of_a_mixture_is_that_of_its_noise():
    """A mixture of all parts in their own proportions is the whole reference; one of a single part is that part."""
    parts = np.array([[30, 10], [20, 40]])
    assert mixed(parts, np.array([4, 6])) == pytest.approx([50, 50])
    assert mixed(parts, np.array([9, 0])) == pytest.approx([30, 10])


def test_a_column_without_the_season_is_compared_with_the_whole_reference():
    """Only columns that have a season pay for it with a smaller reference."""
    parts = np.array([[30, 10, 5, 35], [20, 40, 15, 45]])
    season = SeasonCounts(parts, np.array([40, 60]), np.array([True, False]))
    found = Mixture(parts.sum(axis=0), np.array([0, 2]), [season]).of([np.array([9, 0])])
    assert found == pytest.approx([30, 10, 20, 80])


def test_seasons_add_up():
    """Each season moves the shares by as much as its parts differ from the whole; what falls below 0 is 0."""
    whole = np.array([60, 40])
    days = SeasonCounts(np.array([[40, 10], [20, 30]]), np.array([50, 50]), np.array([True]))
    hours = SeasonCounts(np.array([[36, 4], [24, 36]]), np.array([40, 60]), np.array([True]))
    mixture = Mixture(whole, np.array([0]), [days, hours])
    both = mixture.of([np.array([0, 7]), np.array([0, 7])])
    assert both / both.sum() == pytest.approx([0.4 + 0.4 - 0.6, 0.6 + 0.6 - 0.4])
    assert mixture.of([np.array([5, 5]), np.array([4, 6])]) == pytest.approx(whole)
    most = mixture.of([np.array([9, 0]), np.array([9, 0])])
    assert most / most.sum() == pytest.approx([1.0, 0.0])


def test_without_seasons_the_whole_is_expected():
    """A reference that has learned no season stays what windows are compared with."""
    whole = np.array([3, 5, 2, 10])
    assert Mixture(whole, np.array([0, 3]), []).of([]).tolist() == pytest.approx(whole.tolist())
