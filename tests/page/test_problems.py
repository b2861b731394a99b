"""Problems of a model's input, on the page and in the JSON."""

import numpy as np
from inference_exporter.page.problems import (
    DuplicatesSummary,
    EventTimesSummary,
    SchemaSummary,
    schema_summary,
    signs_of,
)

N = 300


def summary_of(view, name="5m"):
    return schema_summary(view, next(window for window in view.windows if window.name == name))


def test_each_problem_is_told(watched):
    """A renamed feature, and one of the wrong type, are listed with the problem."""
    model = watched()
    amounts = np.random.default_rng(1).normal(50, 10, N)
    model.add(N, features={"Amount": amounts, "hour": ["7"] * N, "country": ["FR", "DE"] * (N // 2)})
    found = summary_of(model.view())
    told = {(problem.feature, problem.reason): problem for problem in found.problems}
    assert told[("amount", "renamed")].to == "Amount"
    assert told[("hour", "type")].ratio == 1.0
    assert found.judged and [rename.to for rename in found.renames] == ["Amount"]


def test_a_clean_window_has_none(watched):
    """A clean window has no problems."""
    model = watched()
    model.add(N)
    found = summary_of(model.view())
    assert (found.problems, found.renames, signs_of(found)) == ([], [], [])


def test_while_learning_nothing_is_judged(watched):
    """Without a reference there are no problems."""
    model = watched(learning=True)
    model.add(10)
    found = summary_of(model.view())
    assert (found.judged, found.problems, found.event_times, found.duplicates) == (False, [], None, None)


def schema(times=None, duplicates=None):
    return SchemaSummary("m", "1", "champion", "5m", True, [], [], {}, [], times, duplicates)


def times(*problems, skew=0.0, hours=0.0, future=0.0):
    return EventTimesSummary(100, {}, future, skew, hours, problems)


def test_clocks_that_are_off_are_told_in_words():
    """Each problem of event times has its sentence, with the direction."""
    assert signs_of(schema(times("time_zone", hours=-5.5))) == [
        "Event times are 5.5 h ahead of their arrival, as with a wrong time zone."
    ]
    (late,) = signs_of(schema(times("skew", skew=120.0)))
    assert late == "Event times are steadily 120 s behind their arrival."
    (early,) = signs_of(schema(times("future", future=0.5)))
    assert early.startswith("50% of the samples have event times in the future")


def test_copies_are_told_beyond_what_is_expected():
    """Copies are only reported beyond the share in the reference."""
    nan = float("nan")
    assert signs_of(schema(duplicates=DuplicatesSummary(nan, 0.4, 0.35))) == []
    assert len(signs_of(schema(duplicates=DuplicatesSummary(0.3, 0.6, 0.1)))) == 2
