"""What looks right in a dashboard's JSON and wrong on the screen: one rule for each trap, with its source in Grafana.

The rules need no Grafana. Widths are those of a window of 1,280 pixels.
"""

import re

import dashboard_queries as queries
import pytest

DASHBOARDS = queries.dashboards()
PANELS = [
    (f"{dashboard['uid']}: {panel['title']}", panel)
    for dashboard in DASHBOARDS
    for panel in queries.panels(dashboard)
    if panel["type"] != "row"
]
COLUMN_PIXELS = 1264 / 24
TITLE_PIXELS_PER_LETTER = 8
TITLE_MARGIN = 68  # padding, the sign of the description, the menu
DEFAULT_COLUMN_PIXELS = 150  # packages/grafana-ui/src/components/Table/Table.tsx: COLUMN_MIN_WIDTH
SCROLLBAR_PIXELS = 20
QUERIES_BEFORE_A_ROW_IS_OPENED = 12
REASON = re.compile(r"\b(empty|only|unless|if|no data|nothing here)\b", re.IGNORECASE)
AVERAGE_OF_ALL = re.compile(r"\bavg(?:_over_time)?(?: by \([^)]*\))? ?\(model_\w+\{[^}]*\}(?! >=)")
OPEN_ENDED = {"feature", "collector", "reason", "model"}  # labels with any number of values

# Words for "no answer" that claim more than "unknown", and the metric that the query must read for the claim to hold.
CLAIMS = {
    "no alert is firing": "ALERTS",
    "no event": "model_event_timestamp_seconds",
    "no feature has drifted": "model_feature_drift_info",
    "not drifted": "model_feature_drift_info",
    "neither predictions nor scores have drifted": "model_prediction_drift_info",
    "no problem found": "model_feature_schema_problem",
    "the window has a verdict": "model_drift_unknown",
    "not watched": "model_process_up",
    "no challenger": "model_challenger_verdict",
}
NEUTRAL = {"unknown", "not measured", "–"}


def defaults(panel):
    """Return what holds for every series of a panel."""
    return panel["fieldConfig"]["defaults"]


def overrides(panel, key):
    """Return the values that single columns or series set for a property."""
    return [p["value"] for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == key]


def words_for_unknown(panel):
    """Return each text that a panel shows where it has no value."""
    mappings = [defaults(panel).get("mappings", []), *overrides(panel, "mappings")]
    texts = {defaults(panel)["noValue"]} if "noValue" in defaults(panel) else set()
    texts |= set(overrides(panel, "noValue"))
    for several in mappings:
        texts |= {m["options"]["result"]["text"] for m in several if m["type"] == "special"}
    return texts


def panels_of(kind):
    """Return the panels of a type, each with its dashboard and title."""
    return [(name, panel) for name, panel in PANELS if panel["type"] == kind]


class TestEveryPanel:
    def test_timelines_show_their_words(self):
        """A state timeline with words does not take its colours from thresholds.

        Merging then replaces each value by its threshold, "-∞+", and drops the
        words: public/app/core/components/TimelineChart/utils.ts, mergeThresholdValues.
        """
        for name, panel in panels_of("state-timeline"):
            worded = any(mapping["type"] == "value" for mapping in defaults(panel)["mappings"])
            assert worded == (defaults(panel)["color"]["mode"] == "fixed"), name
            assert worded == (panel["options"]["showValue"] == "auto"), name

    def test_axes_hold_numbers_only(self):
        """An axis that hides ticks has no text for missing values: the hidden ticks would show it.

        packages/grafana-ui/src/components/uPlot/config/UPlotAxisBuilder.ts formats a hidden tick as null.
        """
        for name, panel in panels_of("timeseries"):
            logarithmic = defaults(panel)["custom"]["scaleDistribution"]["type"] == "log"
            hides_ticks = logarithmic or defaults(panel).get("decimals") == 0
            assert not (hides_ticks and words_for_unknown(panel)), name

    def test_lines_can_be_told_apart(self):
        """Lines get colours from a palette, not shades of one.

        packages/grafana-data/src/field/fieldColor.ts: shades varies the lightness of one colour.
        """
        for name, panel in panels_of("timeseries"):
            assert defaults(panel)["color"]["mode"] == "palette-classic", name

    def test_long_legends_scroll(self):
        """Where the number of lines is open, the legend is a table beside the graph, which scrolls."""
        for name, panel in panels_of("timeseries"):
            labels = {name for t in panel["targets"] for name in re.findall(r"{{(\w+)}}", t["legendFormat"])}
            if labels & OPEN_ENDED and panel["gridPos"]["w"] >= 12:
                legend = panel["options"]["legend"]
                several = len(panel["targets"]) > 2
                assert (legend["displayMode"], legend["placement"]) == ("table", "right") or several, name

    def test_titles_fit(self):
        """A title is not cut."""
        for name, panel in PANELS:
            room = panel["gridPos"]["w"] * COLUMN_PIXELS - TITLE_MARGIN
            assert len(panel["title"]) * TITLE_PIXELS_PER_LETTER <= room, name

    def test_tables_show_the_column_they_sort_by(self):
        """The columns of a table up to the one it sorts by fit beside each other."""
        for name, panel in panels_of("table"):
            if "sortBy" in panel["options"]:
                names = shown_columns(panel)
                [sort] = panel["options"]["sortBy"]
                widths = column_widths(panel)
                before = names[: names.index(sort["displayName"]) + 1]
                least = defaults(panel)["custom"].get("minWidth", DEFAULT_COLUMN_PIXELS)
                needed = sum(widths.get(column, least) for column in before)
                assert needed <= panel["gridPos"]["w"] * COLUMN_PIXELS - SCROLLBAR_PIXELS, name

    def test_no_word_claims_an_untested_cause(self):
        """What stands where there is no value claims no cause that the query does not test."""
        for name, panel in PANELS:
            for text in words_for_unknown(panel):
                if text not in NEUTRAL:
                    assert CLAIMS[text] in " ".join(target["expr"] for target in panel["targets"]), name

    def test_an_empty_panel_says_something(self):
        """A stat that shows names only would stay blank where it has no answer.

        public/app/plugins/panel/stat/StatPanel.tsx: textMode "name" shows no value, so not the text for none either.
        """
        for name, panel in panels_of("stat"):
            assert panel["options"]["textMode"] != "name", name

    def test_shares_do_not_reach_ten_thousand_percent(self):
        """A graph of shares that are all 0 keeps a readable axis."""
        for name, panel in panels_of("timeseries"):
            if defaults(panel)["unit"] == "percentunit":
                assert "axisSoftMax" in defaults(panel)["custom"] or "max" in defaults(panel), name

    def test_an_empty_panel_has_its_reason(self):
        """The description of a panel that may be empty says when it is."""
        may = {f"{e.dashboard}: {e.panel}" for e in queries.legitimately_empty() if not e.targets}
        for name, panel in PANELS:
            if name in may:
                assert REASON.search(panel["description"]), name

    def test_averages_pass_over_what_is_unknown(self):
        """An average of a gauge leaves NaN out: one replica, or one moment, that does not know would hide all others.

        promql/engine.go of Prometheus: avg and avg_over_time of a NaN are NaN, unlike min and max.
        """
        for name, panel in PANELS:
            for target in panel["targets"]:
                assert not AVERAGE_OF_ALL.search(target["expr"]), name


def shown_columns(panel):
    """Return the titles of a table's columns, from left to right."""
    [organize] = [t["options"] for t in panel["transformations"] if t["id"] == "organize"]
    places, titles = organize["indexByName"], organize["renameByName"]
    return [titles[name] for name in sorted(places, key=places.get)]


def column_widths(panel):
    """Return the widths of columns that have a fixed one, by title."""
    return {
        o["matcher"]["options"]: p["value"]
        for o in panel["fieldConfig"]["overrides"]
        for p in o["properties"]
        if p["id"] == "custom.width"
    }


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
class TestEveryDashboard:
    def test_all_means_all_that_are_listed(self, dashboard):
        """ "All" of a variable stands for its listed values.

        `allValue: ".+"` would match the jobs of Prometheus and Alertmanager too:
        public/app/features/variables/query/QueryVariableEditor, allValue replaces the list.
        """
        for variable in dashboard["templating"]["list"]:
            assert "allValue" not in variable, variable["name"]

    def test_first_view_asks_little(self, dashboard):
        """Few queries run before a row is opened, and the first row is open."""
        shown = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
        assert sum(len(panel["targets"]) for panel in shown) <= QUERIES_BEFORE_A_ROW_IS_OPENED
        rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
        assert [row["collapsed"] for row in rows] == [False] + [True] * (len(rows) - 1)

    def test_events_do_not_pile_up_at_the_edge(self, dashboard):
        """Annotations placed at the value of a query keep to the time range."""
        for annotation in dashboard["annotations"]["list"]:
            if annotation["useValueForTime"]:
                assert "$__from" in annotation["expr"], annotation["name"]
                assert "$__to" in annotation["expr"], annotation["name"]

    def test_alerts_mark_moments(self, dashboard):
        """Alerts are marked where they begin, one colour a severity; shading would cover the graphs."""
        alerts = [a for a in dashboard["annotations"]["list"] if "ALERTS" in a["expr"]]
        assert len({a["iconColor"] for a in alerts}) == len(alerts) > 1
        assert all("offset" in a["expr"] for a in alerts)
