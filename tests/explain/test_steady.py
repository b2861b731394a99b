"""A label text changes only when there is news."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.explain.ranking import drifted_of
from inference_exporter.explain.steady import COLUMNS_REPORTED, reports_now, top_now
from inference_exporter.reference.reference import build

NUMBERS = np.linspace(0, 100, 2000)


def window(histograms, **lost):
    """Return a window in which each feature lost a share of its values."""
    reference = build(dict.fromkeys(lost, NUMBERS), 2000, created=0.0)
    sent = np.linspace(0, 100, 1000)
    return histograms(reference, {name: np.where(np.arange(1000) < 1000 * share, np.nan, sent)
                                  for name, share in lost.items()})  # fmt: skip


def reports(view, memory=None):
    return reports_now(memory or {}, view, drifted_of(view, "feature"))


def test_what_is_reported_first(histograms):
    """A drifted column is reported with its kind of change, and the share that moved."""
    now = reports(window(histograms, a=0.2, b=0.0))
    assert list(now) == [0]
    assert (now[0].change, now[0].moved, now[0].share) == ("missing_up", "missing: 0% to 20%", 0.2)


@pytest.mark.parametrize("share", [0.16, 0.2, 0.24])
def test_what_moves_little_is_no_news(histograms, share):
    """A share within five points of the reported one leaves the text unchanged."""
    before = reports(window(histograms, a=0.2))
    assert reports(window(histograms, a=share), before) == before


@pytest.mark.parametrize("share", [0.14, 0.26])
def test_more_than_five_points_are_news(histograms, share):
    """A share further away is reported anew."""
    before = reports(window(histograms, a=0.2))
    assert reports(window(histograms, a=share), before)[0].moved == f"missing: 0% to {share:.0%}"


def test_twice_as_much_is_news(histograms):
    """For small shares the ratio counts: 3 % to 7 % is only four points."""
    before = reports(window(histograms, a=0.03))
    assert reports(window(histograms, a=0.07), before)[0].moved == "missing: 0% to 7%"


def test_what_ended_is_forgotten(histograms):
    """A column whose drift ended is no longer reported, and reported anew when it drifts again."""
    before = reports(window(histograms, a=0.2))
    assert reports(window(histograms, a=0.0), before) == {}


def test_few_are_reported_and_keep_their_place(histograms):
    """Only so many columns are reported; stronger ones do not push out those already reported."""
    names = [f"f{place}" for place in range(COLUMNS_REPORTED + 10)]
    before = reports(
        window(histograms, **{name: 0.3 if place < COLUMNS_REPORTED else 0.2 for place, name in enumerate(names)})
    )
    assert list(before) == list(range(COLUMNS_REPORTED))
    now = reports(
        window(histograms, **{name: 0.3 if place < COLUMNS_REPORTED else 0.6 for place, name in enumerate(names)}),
               before)  # fmt: skip
    assert now == before


def test_one_passes_another_where_it_matters_clearly_more(histograms):
    """Two features that matter about the same do not swap places with every scrape."""
    ahead = window(histograms, a=0.30, b=0.31)
    assert top_now((), ahead, [0, 1]) == (1, 0)
    assert top_now((0, 1), ahead, [0, 1]) == (0, 1)
    assert top_now((0, 1), window(histograms, a=0.3, b=0.5), [0, 1]) == (1, 0)


def test_three_are_at_the_top(histograms):
    """A fourth drifted feature is not among those that matter most."""
    view = window(histograms, a=0.1, b=0.2, c=0.3, d=0.4)
    assert top_now((), view, [0, 1, 2, 3]) == (3, 2, 1)


def test_an_empty_window_is_no_news(histograms):
    """A verdict may outlive its samples until the next look: its report stays."""
    full = window(histograms, a=0.2)
    before = reports(full)
    cells = np.zeros_like(full.cells)
    empty = replace(
        full, cells=cells, comparison=replace(full.comparison, window=np.zeros_like(full.comparison.window))
    )
    assert reports_now(before, empty, [0]) == before
    assert reports_now({}, empty, [0])[0].moved == "small changes in many buckets"
