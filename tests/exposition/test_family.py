"""Every group of metric families keeps the contract."""

import pkgutil
import re

import pytest
from inference_exporter import exposition
from inference_exporter.exposition import GROUPS

HELPERS = {"inputs", "labels", "own", "proxy", "render", "scrape"}
SUFFIXES = ("_ratio", "_seconds", "_bytes", "_total")


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.key)
class TestEveryGroup:
    def test_names_follow_the_field(self, group, views):
        """Names start with `model_` and are lower case; counters end in ``_total``; help is a sentence."""
        for family in group.families(views):
            assert re.fullmatch(r"model_[a-z0-9_]+", family.name)
            assert family.help.endswith((".", "%."))
            assert not family.name.endswith("_total")
            assert family.kind in ("counter", "gauge", "histogram")

    def test_every_series_says_whose_it_is(self, group, views):
        """Model, version and variant are on each series."""
        for family in group.families(views):
            for series in family.series:
                assert {"model", "version", "variant"} <= set(re.findall(r'(?:^|,)([a-z_]+)="', series.labels))

    def test_no_series_is_there_twice(self, group, views):
        """Label sets are unique within a family."""
        for family in group.families(views):
            seen = [(series.suffix, series.labels) for series in family.series]
            assert len(set(seen)) == len(seen)

    def test_twice_is_the_same(self, group, views):
        """The same view gives the same series again."""
        one, other = ([(f.name, repr(f.series)) for f in group.families(views)] for _ in range(2))
        assert one == other

    def test_without_models_there_are_no_series(self, group):
        """Without models there are no series."""
        assert all(not family.series for family in group.families([]))


def test_families_are_in_one_group(views):
    """Families are unique across groups."""
    names = [family.name for group in GROUPS.values() for family in group.families(views)]
    assert len(set(names)) == len(names)


def test_every_file_is_registered():
    """A group without its registration line fails here."""
    files = {m.name for m in pkgutil.iter_modules(exposition.__path__) if not m.name.startswith("_")} - HELPERS
    assert {group.families.__module__.rpartition(".")[2] for group in GROUPS.values()} == files
