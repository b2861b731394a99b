"""Small SVG pictures."""

import math
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.page.shape import Bar, CategoricalShape, NumericShape
from inference_exporter.page.svg import histogram, meter, round_number_between

SHARES = st.floats(0, 1) | st.just(math.nan)
NOTHING = Bar("", 0.0, 0.0)


def parsed(picture):
    """Return a picture as a tree; it must be well formed."""
    return ElementTree.fromstring(str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def paths(picture, kind):
    """Return the outlines of one side."""
    return [
        element.attrib["d"]
        for element in parsed(picture).iter("{http://www.w3.org/2000/svg}path")
        if element.attrib["class"] == kind
    ]


def numeric(*steps, below=NOTHING, above=NOTHING, others=(), few_values=False):
    """Return a shape with edges at 0, 1, 2 …"""
    edges = tuple(float(place) for place in range(len(steps) + 1))
    ends = (edges[0], edges[-1])
    bars = tuple(Bar("", p, q) for p, q in steps)
    return NumericShape(edges, bars, ends, below, above, others, few_values)


def test_the_highest_bar_reaches_the_top():
    """Both sides share one scale: the largest share is as high as the picture."""
    picture = histogram(numeric((0.5, 0.25), (0.5, 0.75)), "x", False)
    assert paths(picture, "reference") == ["M0.0 100.0V37.3H150.0V37.3H300.0V100.0"]
    assert paths(picture, "window") == ["M0.0 100.0V68.7H150.0V6.0H300.0V100.0"]


def test_single_values_stand_apart():
    """Bars of single values are separated."""
    picture = histogram(numeric((0.5, 0.5), (0.5, 0.5), few_values=True), "x", False)
    assert paths(picture, "reference")[0].count("M") == 2


def test_an_unknown_window_is_not_drawn():
    """Without samples only the reference is drawn."""
    picture = histogram(numeric((0.5, math.nan), (0.5, math.nan)), "x", False)
    assert paths(picture, "window") == []
    assert len(paths(picture, "reference")) == 1
    assert "?" in histogram(CategoricalShape((Bar("a", 1.0, math.nan),)), "x", False)


def test_sides_are_drawn_where_there_is_something():
    """Values beyond the steps have a bar at the side, with a label."""
    plain = histogram(numeric((0.5, 0.5), (0.5, 0.5)), "x", False)
    wide = histogram(numeric((0.5, 0.2), (0.5, 0.2), above=Bar("above", 0.0, 0.6)), "x", False)
    assert "above: reference 0%, window 60%" in wide
    assert "&gt;2<" in wide
    assert "&gt;" not in plain.replace("/>", "")


@pytest.mark.parametrize("drifted", [True, False])
def test_a_picture_says_what_it_shows(drifted):
    """A picture has a label for screen readers, and a class for drift."""
    root = parsed(histogram(numeric((1.0, 1.0)), 'of "x" <1>', drifted))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'of "x" <1>'
    assert ("is-drifted" in root.attrib["class"]) is drifted


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), SHARES, SHARES)
def test_any_category_can_be_drawn(name, reference, window):
    """Any name and share gives a well-formed picture with finite numbers."""
    picture = histogram(CategoricalShape((Bar(name, 0.0 if math.isnan(reference) else reference, window),)), name, True)
    assert "nan" not in "".join(paths(picture, "window"))
    titles = [element.text or "" for element in parsed(picture).iter("{http://www.w3.org/2000/svg}title")]
    assert titles == [name]


@given(st.lists(st.tuples(st.floats(0, 1), SHARES), max_size=30), st.booleans())
def test_any_shares_can_be_drawn(steps, few_values):
    """A shape without steps, or with empty ones, can be drawn."""
    picture = histogram(numeric(*steps, few_values=few_values), "x", False)
    assert "nan" not in picture
    assert "inf" not in picture


def test_the_threshold_is_in_the_middle():
    """An effect at its threshold fills half of the meter; larger effects never overflow."""
    for threshold in (0.1, 0.25):
        fill = next(e for e in parsed(meter(threshold, threshold, "x")).iter() if e.attrib.get("class") == "fill")
        assert float(fill.attrib["width"]) == 150
    over = meter(1e9, 0.1, "x")
    assert "is-over" in over
    assert 'width="300.0"' in over
    assert "is-over" not in meter(0.05, 0.1, "x")


def test_an_unknown_effect_has_no_meter():
    """An unknown effect has no meter, because 0 would mean no drift."""
    assert meter(math.nan, 0.1, "x") == ""


@pytest.mark.parametrize(
    ("low", "high", "middle"), [(3.5, 6.5, 5.0), (0.042, 0.061, 0.05), (-10, 10, 0), (17, 29, 20), (2, 2, None)]
)
def test_the_number_between_is_round(low, high, middle):
    """The axis has the roundest number in its interval."""
    assert round_number_between(low, high) == (None if middle is None else pytest.approx(middle))


@given(st.floats(-1e12, 1e12), st.floats(1e-3, 1e12))
def test_the_number_between_lies_between(low, width):
    """The number lies in the interval, up to rounding of its ends."""
    middle = round_number_between(low, low + width)
    slack = 1e-9 * (abs(low) + width)
    if middle is not None:
        assert low - slack <= middle <= low + width + slack
