"""The parameters of the page, and links that change them."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.page.query import Query
from inference_exporter.samples.batch import ModelKey

NAMES = st.text(st.characters(exclude_categories=["Cs"]))


@given(NAMES, NAMES, NAMES)
def test_a_link_leads_to_any_name(model, version, feature):
    """A link works for names of any characters."""
    link = Query(model=model, window="1h").link(version=version, feature=feature)
    query = Query.of(dict(parse_qsl(link.removeprefix("?"), keep_blank_values=True)))
    assert query == Query(model=model, version=version, window="1h", feature=feature)


def test_a_link_keeps_what_it_does_not_change():
    """Other parameters are kept; None removes a parameter."""
    query = Query(model="m", window="1h", features="all")
    assert query.link(window="5m") == "?model=m&window=5m&features=all"
    assert query.link(features=None, window=None) == "?model=m"
    assert Query().link() == "?"


def test_a_model_is_looked_at_as_the_one_before():
    """A link to a model keeps the window, but not the feature or the list of all features."""
    query = Query(window="1h", features="all", refresh="off")
    link = query.link_to_model(("m", "1", "champion"))
    assert link == "?model=m&version=1&variant=champion&window=1h&refresh=off"


@pytest.mark.parametrize("group", ["feature", "prediction", "score"])
def test_one_column_at_a_time(group):
    """A link to a column replaces the previous one of any group; its name may be blank."""
    link = Query(model="m", feature="f", score="s").link_to_column(group, "")
    query = Query.of(dict(parse_qsl(link.removeprefix("?"), keep_blank_values=True)))
    assert query.column == (group, "")
    assert link.count("=") == 2


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        (Query(), True),
        (Query(model="m"), True),
        (Query(version="1", variant="champion"), True),
        (Query(model="m", version="2"), False),
        (Query(model=""), False),
    ],
)
def test_a_part_of_a_name_is_enough(query, matches):
    """A model matches if every given part matches."""
    assert query.matches(ModelKey("m", "1", "champion")) is matches
    assert query.names_a_model is (query != Query())
