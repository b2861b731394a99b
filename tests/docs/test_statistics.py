"""What docs/statistics.md says, measured again."""

import re

import numpy as np
import pytest
from inference_exporter.config.schema import DEFAULT_WINDOWS
from inference_exporter.measures.drift import MEASURES
from inference_exporter.verdict.decision import judge
from statistics_src import SECTIONS, baselines, budget, measures, power, tails, variation
from statistics_src.distributions import LOGNORMAL, NORMAL, zipf
from statistics_src.effort import Effort
from statistics_src.many import Evidence, picked
from statistics_src.page import BLOCK, with_blocks

PAGE = "docs/statistics.md"
QUICK = Effort(quick=True)


@pytest.fixture(scope="module")
def text(document):
    """The page."""
    return document(PAGE).path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(document):
    """Return a function from a table's first column to its rows."""
    return lambda column: [row for _, row in document(PAGE).rows(column)]


def number(text):
    """Return a number as the page writes it."""
    return float(text.replace(",", "").replace("> ", "").replace("< ", "").strip("*"))


def test_every_place_is_filled(text):
    """No table was left out when the page was written."""
    empty = [match[2] for match in BLOCK.finditer(text) if not match[0].split("-->")[1].strip(" \n<!-")]
    assert empty == []


def test_a_block_without_a_place_is_an_error(text):
    """A table for which the page has no place is not lost in silence."""
    with pytest.raises(KeyError, match="no_such_table"):
        with_blocks(text, {"no_such_table": ""})


def test_pictures_are_of_a_section(text, repository):
    """Every figure of the page is there."""
    for file in re.findall(r"!\[[^]]*\]\((statistics-[\w-]+\.svg)\)", text):
        assert (repository / "docs" / file).read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("name", ["looks", "spending", "budgets"])
def test_the_budget_is_as_documented(text, name):
    """The arithmetic of the budget is what the code does."""
    assert getattr(budget, name)() in text


def test_the_tests_of_the_verdict_are_as_documented(text):
    """The tests, their thresholds and weights are those of the code."""
    assert SECTIONS["tests"](QUICK).blocks["tests"] in text


def test_overlap_is_as_documented(rows):
    """Sliding windows raise as many alarms as documented, of those that the bound counts."""
    for row, (name, steps) in zip(rows("Window")[-len(budget.WATCHED) :], budget.WATCHED, strict=True):
        assert row["Window"] == name
        assert number(row["At 0.01"]) == pytest.approx(budget.simulated(0.01, steps, QUICK), abs=0.06)


PROMISES = {
    "mean + 0.5 sd": 200,
    "mean + 0.4 sd": 500,
    "missing 0 → 5 %": 200,
    "missing 10 → 15 %": 2000,
    "new category 2 %": 1000,
    "lognormal × 10": 50,
}


def test_promises_are_kept(rows):
    """What is promised to be found with probability 0.9 was found as often when the page was written."""
    promised = {
        row["Change"]: (samples, number(text))
        for row in rows("Change")
        for samples, text in row.items()
        if text.startswith("**")
    }
    assert {name: number(samples) for name, (samples, _) in promised.items()} == PROMISES
    assert all(found >= 90 for _, found in promised.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mean + 0.4 sd", "spread × 1.5", "missing 0 → 2 %", "new category 2 %"])
def test_power_is_as_documented(rows, name):
    """One look names a changed feature as often as the page says."""
    change = next(change for change in power.CHANGES if change.name == name)
    row = next(row for row in rows("Change") if row["Change"] == name)
    ((_, powers),) = power.measured_powers([change], [200, 1000], QUICK)
    for samples, found in zip(("200", "1,000"), powers, strict=True):
        assert number(row[samples]) / 100 == pytest.approx(found, abs=0.27)  # three standard errors of 40 windows


def test_looks_are_judged_as_the_product_does():
    """Working out the evidence of many windows once names what `judge` names, look by look."""
    change = next(change for change in power.CHANGES if change.name == "missing 0 → 2 %")
    bench, random = power.Bench(change.family, 30, 10), np.random.default_rng(1)
    inputs = bench.inputs(change, 200, random)
    evidence = Evidence.of(inputs, power.ordinary_thresholds(len(inputs.values.window)))
    named = {True: 0, False: 0}
    for place, others in bench.looks(random):
        look = picked(inputs, np.concatenate([[place], others]))
        judged = judge(look, power.ordinary_thresholds(power.FEATURES), {}, 1e-4).drifted[0]
        assert evidence.names(place, others, 1e-4) == judged
        named[bool(judged)] += 1
    assert min(named.values()) >= 3


def documented_tail(rows, test, feature, n):
    """Return the ratios that the page gives."""
    of = next(row for row in rows("Test") if (row["Test"], row.get("Feature"), row.get("n")) == (test, feature, n))
    return [number(text) for alpha, text in of.items() if alpha.startswith("1e-") and text != "-"]


@pytest.mark.slow
@pytest.mark.parametrize(("test", "distribution"), [("location", NORMAL), ("scale", LOGNORMAL)])
def test_tails_of_ranks_are_as_documented(rows, test, distribution):
    """P-values of location and scale are as exact as the page says, out to one in a million."""
    found = tails.rank_tail(test, distribution, 200, QUICK)
    documented = documented_tail(rows, f"`{test}`", distribution.name, "200")
    # A quick run meets few windows so far out: a factor of 1.4 near, of 2.5 at one in a million.
    assert np.abs(np.log(np.array(documented) / found)) == pytest.approx(np.zeros(5), abs=0.9)
    assert documented[:2] == pytest.approx(found[:2], rel=0.4)


def test_tails_of_exact_tests_are_as_documented(rows):
    """What is summed over all outcomes comes out the same."""
    assert documented_tail(rows, "`missing`", "1 % missing", "200") == pytest.approx(
        tails.missing_tail(0.01, 200), abs=0.006
    )
    assert documented_tail(rows, "`out_of_range`", "any density", "1,000") == pytest.approx(
        tails.out_of_range_tail(1000), abs=0.006
    )
    unseen = tails.unseen_tail(zipf(2000, 2.0), 1000, QUICK)
    assert documented_tail(rows, "`unseen`", "Zipf, long tail", "1,000") == pytest.approx(unseen, rel=0.3)


def test_no_test_of_a_verdict_is_far_from_its_word(rows):
    """Where verdicts are made, a clean window is named at most 1.5 times as often as its p-value says.

    The test of never-seen categories has its threshold beside it.
    """
    for row in rows("Test"):
        if "n" in row and row["Test"] != "`unseen`":
            assert all(number(row[alpha]) <= 1.5 for alpha in ("1e-4", "1e-5", "1e-6") if row[alpha] != "-"), row


def test_measures_are_as_documented(text):
    """Every drift measure has its row, with the range that the code says."""
    assert measures.described() in text


@pytest.mark.slow
@pytest.mark.parametrize("key", ["psi", "js_distance", "ks_statistic", "wasserstein_normalized"])
def test_noise_is_as_documented(rows, key):
    """Clean windows measure what the page says, and what is predicted is what the code predicts."""
    row = next(
        row for row in rows("Measure where nothing drifted") if row["Measure where nothing drifted"] == f"`{key}`"
    )
    for samples in ("200", "1,000"):
        measured, predicted = (number(part) for part in row[samples].split(" / "))
        found, floor = measures.noise([key], int(number(samples)), QUICK)[key]
        assert predicted == pytest.approx(floor, rel=0.06)
        assert measured == pytest.approx(found, rel=0.15)


def test_equivalents_are_as_documented(rows):
    """The value that stands for the default threshold is the one that the code turns into its shift."""
    for row in rows("Measure of a shift of"):
        each = MEASURES[row["Measure of a shift of"].strip("`")]
        assert number(row["the same as 0.316 sd"]) == pytest.approx(measures.standing_for(each, 0.1**0.5), rel=0.06)


def test_resolution_is_as_documented(rows):
    """The Kolmogorov-Smirnov statistic on cells is as close to that of raw values as the page says."""
    for row in rows("Feature"):
        if row.get("Error of") == "KS statistic":
            assert number(row["10,000"]) <= 0.002


def test_bands_hold_back_rhythm(rows):
    """With bands of natural variation, few windows of data with a rhythm are named; without them all are."""
    of_data = [row for row in rows("Data") if "Without order" in row]
    assert {row["Data"] for row in of_data} == set(variation.LEFT_OUT)
    assert all(number(row["In order, + 0 sd"]) <= 1 < 90 <= number(row["Without order"]) for row in of_data)


def test_baselines_hold_back_rhythm(rows):
    """Against every baseline but a reference without order, a clean daily rhythm is not named."""
    clean = {row["Windows against"]: number(row["Clean"]) for row in rows("Windows against")}
    assert len(clean) == len(baselines.KINDS)
    assert all(share <= 1 for name, share in clean.items() if "no order" not in name)


def test_default_windows_are_those_of_the_page(rows):
    """The page speaks of the windows that are the default."""
    assert [row["Window"] for row in rows("Window")][: len(DEFAULT_WINDOWS)] == [
        window.name for window in DEFAULT_WINDOWS
    ]
