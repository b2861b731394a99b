"""The dashboards: made from their sources, sound in themselves, and made of queries that Prometheus can read."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import dashboard_queries as queries
import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
GRAFANA = REPOSITORY / "grafana"
PROVISIONING = GRAFANA / "provisioning"
PALETTE = {"#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#8E8E8E"}
GREY = "#8E8E8E"
DASHBOARDS = queries.dashboards()
UIDS = {dashboard["uid"] for dashboard in DASHBOARDS}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Ranges that do not follow the dashboard: the windows of the burn rates, and scrapes that are looked back for changes.
FIXED_RANGES = {"5m", "1h", "6h", "2m"}


@pytest.fixture
def generate(monkeypatch):
    """Return a function that runs the generator and returns its exit status."""
    monkeypatch.syspath_prepend(GRAFANA)
    generator = runpy.run_path(str(GRAFANA / "generate.py"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["generate.py", *map(str, arguments)])
        return generator["main"]()

    return run


def data_panels(dashboard):
    """Return the panels that ask something."""
    return [panel for panel in queries.panels(dashboard) if panel["type"] != "row"]


def texts(value):
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


class TestGenerator:
    def test_committed_files_are_current(self):
        """The committed dashboards are what their sources make, as a person checks it."""
        command = [sys.executable, str(GRAFANA / "generate.py"), "--check"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
        assert (result.returncode, result.stderr) == (0, "")

    def test_changed_file_is_named(self, generate, tmp_path, capsys):
        """A dashboard that was edited by hand, and one without a source, fail the check by name."""
        shutil.copytree(GRAFANA / "dashboards", tmp_path, dirs_exist_ok=True)
        (tmp_path / "models-overview.json").write_text("{}\n")
        (tmp_path / "mine.json").write_text("{}\n")
        assert generate("--check", "--folder", tmp_path) == 1
        assert capsys.readouterr().err.splitlines() == ["models-overview.json: differs", "mine.json: has no source"]

    def test_writes_every_dashboard(self, generate, tmp_path):
        """Without --check the dashboards are written, the same as the committed ones."""
        assert generate("--folder", tmp_path) == 0
        written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert written == {path.name: path.read_bytes() for path in (GRAFANA / "dashboards").iterdir()}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
class TestEveryDashboard:
    def test_is_provisioned_not_edited(self, dashboard):
        """A dashboard has a fixed uid, no database id, cannot be edited, and is found by the tag."""
        facts = {key: dashboard[key] for key in ("id", "schemaVersion", "editable", "tags")}
        assert facts == {"id": None, "schemaVersion": 39, "editable": False, "tags": ["inference-exporter"]}

    def test_panels_are_told_apart(self, dashboard):
        """No two panels of a dashboard share an id or a title."""
        for key in ("id", "title"):
            twice = [value for value, n in Counter(p[key] for p in queries.panels(dashboard)).items() if n > 1]
            assert twice == [], key

    def test_panels_do_not_overlap(self, dashboard):
        """Panels stay within the 24 columns and do not cover each other; folded rows are checked by themselves."""
        groups = [dashboard["panels"], *(panel["panels"] for panel in dashboard["panels"] if panel.get("panels"))]
        for group in groups:
            places = [panel["gridPos"] for panel in group]
            assert max(place["x"] + place["w"] for place in places) <= 24
            cells = Counter(
                (x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])
            )
            assert max(cells.values()) == 1

    def test_panels_explain_themselves(self, dashboard):
        """Every panel has a title, a description in sentences, a unit, the data source variable and queries."""
        for panel in data_panels(dashboard):
            assert panel["title"], panel["id"]
            assert panel["description"].endswith("."), panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert panel["datasource"] == DATASOURCE, panel["title"]
            assert panel["targets"], panel["title"]

    def test_queries_are_told_apart(self, dashboard):
        """Every query of a panel has its own letter and asks the chosen data source."""
        for panel in data_panels(dashboard):
            letters = [target["refId"] for target in panel["targets"]]
            assert len(set(letters)) == len(letters), panel["title"]
            assert all(target["datasource"] == DATASOURCE for target in panel["targets"]), panel["title"]

    def test_unknown_is_grey_text(self, dashboard):
        """NaN and absent values are shown as a word in grey, in every panel and column but on logarithmic axes."""
        for panel in data_panels(dashboard):
            if "noValue" not in panel["fieldConfig"]["defaults"]:
                assert panel["fieldConfig"]["defaults"]["custom"]["scaleDistribution"]["type"] == "log", panel["title"]
                continue
            assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]
            overridden = [
                p["value"] for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "mappings"
            ]
            for mappings in (panel["fieldConfig"]["defaults"]["mappings"], *overridden):
                shown = {m["options"]["match"]: m["options"]["result"] for m in mappings if m["type"] == "special"}
                assert shown["null+nan"]["color"] == GREY, panel["title"]
                assert not shown["null+nan"]["text"].isdecimal(), panel["title"]

    def test_single_values_are_of_this_moment(self, dashboard):
        """A number never shows the last value that was known: it asks for this moment and takes the last answer."""
        for panel in data_panels(dashboard):
            if panel["type"] == "stat":
                assert panel["options"]["reduceOptions"]["calcs"] == ["last"], panel["title"]
                assert all(target["instant"] for target in panel["targets"]), panel["title"]

    def test_colours_are_safe(self, dashboard):
        """Only colours that stay distinct for colour-blind people are used."""
        used = {color for text in texts(dashboard) for color in re.findall(r"#[0-9A-Fa-f]{6}\b", text)}
        assert used <= PALETTE
        named = set(re.findall(r'"(?:color|fixedColor|iconColor)": "([^"#]+)"', json.dumps(dashboard)))
        assert named == {"blue"}  # Grafana's name adapts to light and dark themes

    def test_variables_are_defined_and_used(self, dashboard):
        """Every variable in a query or link is defined, and every defined one is used."""
        defined = [variable["name"] for variable in dashboard["templating"]["list"]]
        used = set().union(*(queries.variables_in(text) for text in texts(dashboard)))
        grafanas_own = {name for name in used if name.startswith("__")}
        assert defined[0] == "datasource"
        assert used - grafanas_own == set(defined)
        assert grafanas_own <= {*queries.BUILT_IN, "__all", "__data", "__url_time_range"}

    def test_variables_follow_the_time_range(self, dashboard):
        """Choices are read again when the time range changes, from the chosen data source."""
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                assert (variable["refresh"], variable["datasource"]) == (2, DATASOURCE), variable["name"]

    def test_links_lead_somewhere(self, dashboard):
        """Every link leads to a dashboard that exists, and keeps data source, window and time range."""
        links = [text for text in texts(dashboard) if "/d/" in text]
        for link in links:
            assert re.match(r"/d/([\w-]+)\?", link)[1] in UIDS
            for kept in ("${datasource:queryparam}", "${window:queryparam}", "${__url_time_range}"):
                assert kept in link
        [menu] = dashboard["links"]
        kept = (menu["type"], menu["tags"], menu["keepTime"], menu["includeVars"])
        assert kept == ("dashboards", ["inference-exporter"], True, True)

    def test_links_set_what_the_target_needs(self, dashboard):
        """A link sets only variables that its target has."""
        variables = {d["uid"]: {v["name"] for v in d["templating"]["list"]} for d in DASHBOARDS}
        for text in texts(dashboard):
            if match := re.match(r"/d/([\w-]+)\?", text):
                names = set(re.findall(r"var-(\w+)=", text)) | set(re.findall(r"\$\{(\w+):queryparam\}", text))
                assert names <= variables[match[1]]

    def test_marks_what_happened(self, dashboard):
        """Events, the begin of alerts and changed references are marked on the graphs."""
        names = [annotation["name"] for annotation in dashboard["annotations"]["list"]]
        assert names == ["Events", "Events at their own time", "Pages", "Tickets", "Reference changes"]

    def test_ranges_follow_the_dashboard(self, dashboard):
        """Counters are read through rate or increase, over ranges that follow the dashboard."""
        for query in queries.panel_queries(dashboard):
            for total in re.finditer(r"\b\w+_(?:total|bucket)\{[^}]*\}(\[[^\]]+\])?", query.expr):
                assert total[1] is not None, query.name
            ranges = set(re.findall(r"(?<=[}\w])\[([^\]]+)\]", query.expr))
            assert ranges <= {"$__rate_interval", "$__range", "$window", "$slo_period", *FIXED_RANGES}, query.name

    def test_estimates_stand_between_their_limits(self, dashboard):
        """A panel that shows an estimate shows both of its limits."""
        for panel in data_panels(dashboard):
            shown = {name for target in panel["targets"] for name in queries.metrics_in(target["expr"])}
            estimates = {re.sub("_(lower|upper)$", "", name) for name in shown if name.startswith("model_estimated_")}
            assert {f"{name}_{limit}" for name in estimates for limit in ("lower", "upper")} <= shown, panel["title"]

    def test_legends_show_labels_that_exist(self, dashboard):
        """Every label in a legend is one that the query keeps."""
        for query in queries.panel_queries(dashboard):
            kept = {label for by in re.findall(r"by \(([^)]*)\)", query.expr) for label in re.split(r",\s*", by)}
            made = set(re.findall(r'(?:count_values without \(\) \(|label_join\(.*, )"(\w+)"', query.expr))
            made |= {"range"} if "bucket, range" in query.expr else set()
            # What is not aggregated keeps the labels of the target.
            assert set(query.legend_labels) <= kept | made | {"job", "instance"}, query.name


def test_alerts_lead_to_dashboards():
    """The dashboard that an alert names exists and has the variables that the alert sets."""
    variables = {d["uid"]: {v["name"] for v in d["templating"]["list"]} for d in DASHBOARDS}
    rules = "".join(file.read_text() for file in sorted((REPOSITORY / "prometheus" / "rules").glob("*.yml")))
    links = re.findall(r"dashboard: \"?/d/([\w-]+)(\S*.*)", rules)
    assert links
    for uid, arguments in links:
        assert set(re.findall(r"var-(\w+)=", arguments)) <= variables[uid], (uid, arguments)


def test_the_three_dashboards_are_there():
    """The dashboards have the uids that links and alerts rely on."""
    assert sorted(UIDS) == ["feature-in-depth", "model-in-depth", "models-overview"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian package prometheus) is not installed")
def test_every_query_parses(tmp_path):
    """Prometheus can read every query of every panel, annotation and variable."""
    names = ("models", "model", "version", "variant", "feature", "window", "job")
    values = {**dict.fromkeys(names, ".+"), "window": "1h", "slo_period": "30d"}
    rules = [{"record": f"query:{i}", "expr": query.expr} for i, query in enumerate(queries.filled_queries(values))]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    command = ["promtool", "check", "rules", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
    assert result.returncode == 0, result.stderr
    assert f"{len(rules)} rules found" in result.stdout


class TestQueriesFile:
    def test_names_queries_that_exist(self):
        """Every entry names a panel and letters that exist, and gives a reason."""
        known = {(query.dashboard, query.panel, query.ref_id) for query in queries.all_queries()}
        for entry in queries.legitimately_empty():
            letters = entry.targets or [ref for d, p, ref in known if (d, p) == (entry.dashboard, entry.panel)]
            assert letters, entry
            assert {(entry.dashboard, entry.panel, letter) for letter in letters} <= known, entry
            assert entry.reason.endswith("."), entry
            assert entry.when in {"", *queries.CIRCUMSTANCES}, entry

    def test_reason_depends_on_the_circumstances(self):
        """A classifier without accuracy is a fault, a regression without it is not."""
        [accuracy] = [q for q in queries.all_queries() if (q.dashboard, q.panel) == ("model-in-depth", "Accuracy")]
        assert queries.reason_for_silence(accuracy, {"classification"}) is None
        assert queries.reason_for_silence(accuracy, {"regression"}) is not None


class TestSubstitution:
    def test_fills_every_form(self):
        """Both ways of writing a variable are filled in, with a format or without."""
        filled = queries.substitute(
            'x{a="$model",b=~"${models:regex}"}[$__rate_interval]', {"model": "m", "models": ".+"}
        )
        assert filled == 'x{a="m",b=~".+"}[1m]'

    def test_leaves_groups_of_label_replace(self):
        """`$1` is no variable but belongs to label_replace."""
        assert queries.substitute('label_replace(x, "a", "$1", "b", "(.+)")', {}).count("$1") == 1

    def test_longer_range(self):
        """Grafana's own variables can be given another value."""
        assert queries.substitute("x[$__range]", {"__range": "1h"}) == "x[1h]"

    def test_unknown_variable_is_an_error(self):
        """A variable without a value is not passed over."""
        with pytest.raises(KeyError, match="nobody"):
            queries.substitute("$nobody", {})

    def test_metrics_are_named(self):
        """Names of metrics are found, labels are not."""
        expr = 'sum by (model, reference_version) (model_info{model="x"}) / inference_exporter_models'
        assert queries.metrics_in(expr) == {"model_info", "inference_exporter_models"}


class TestProvisioning:
    def test_datasources_are_fixed(self):
        """The data sources cannot be edited, have the uids that dashboards rely on, and one is the default."""
        sources = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"]
        assert [source["uid"] for source in sources] == ["prometheus", "alertmanager"]
        assert [source["editable"] for source in sources] == [False, False]
        assert [source.get("isDefault", False) for source in sources] == [True, False]
        assert sources[0]["jsonData"]["httpMethod"] == "POST"

    def test_interval_is_that_of_the_scrapes(self):
        """Grafana knows how often Prometheus scrapes, so that rates have enough samples."""
        [source, _] = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"]
        prometheus = yaml.safe_load((REPOSITORY / "prometheus" / "prometheus.yml").read_text())
        assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]

    def test_dashboards_are_read_from_files(self):
        """Dashboards come from files, and changes in the browser are not kept."""
        [provider] = yaml.safe_load((PROVISIONING / "dashboards" / "inference-exporter.yml").read_text())["providers"]
        assert (provider["type"], provider["allowUiUpdates"], provider["disableDeletion"]) == ("file", False, True)
