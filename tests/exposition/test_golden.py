"""The scrape of three fixed models at a fixed time, line by line."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from inference_exporter.evaluation.state import EvaluationState
from inference_exporter.exposition import GROUPS, own
from inference_exporter.exposition.own import OwnState, collector_families, event_families
from inference_exporter.exposition.render import PROMETHEUS_TEXT, render
from inference_exporter.failures import Place
from inference_exporter.intake.accounting import Accounting
from inference_exporter.intake.refusals import FrontTotals
from inference_exporter.samples.events import Event
from inference_exporter.samples.rejections import Rejected, Rejections
from inference_exporter.store.state import StoreState

GOLDEN = Path(__file__).parent / "golden"
WALL = 1_800_000_000.0

# Accepted lints of promtool, with the reason.
ACCEPTED_LINTS = {
    # The noun is the quantity: the number of processes.
    'model_process_count non-histogram and non-summary metrics should not have "_count" suffix',
    # Quantiles of a rolling window, computed here; a summary's have no window label.
    'model_event_time_lag_seconds non-summary metrics should not have "quantile" label',
    'model_request_duration_quantile_seconds non-summary metrics should not have "quantile" label',
}


def own_state():
    accounting = Accounting(("json", "ndjson"))
    accounting.samples("json", 90, Rejections([Rejected(3, "…", "invalid_field")]), dropped=2)
    accounting.outcomes(40, Rejections([Rejected(0, "…", "wrong_kind")]))
    accounting.events(2, Rejections([Rejected(0, "…", "invalid_field")]))
    accounting.repeated_request()
    accounting.refused_request("key_in_progress")
    return OwnState(
        totals=accounting.totals(),
        models=3,
        pending_outcomes=4,
        dropped_outcomes=5,
        evicted_models=10,
        learning_samples_dropped=11,
        folded_label_values=6,
        intake_lag_seconds=0.002,
        requests_in_progress=1,
        reload_timestamp=WALL - 60,
        reload_fault="config.yml:3: …",
        failures={Place("detector", "outliers", ("fraud", "7", "champion")): 3},
        clock_steps={"back": 1, "forward": 0},
        unsaved_references=2,
        store=StoreState(12, 1, 2, 0.5, 4096, True, 0, WALL - 10, 0.02, 1, 7, 0.25, 1),
        evaluation=EvaluationState(900, 950, 3, 50, 2, 65536, 4, 1.5, 120, True, 40, 1, 0.25, 30, 5, 2),
        front=FrontTotals(refused={"busy": 7}, connections=8, buffered_bytes=9, worker_restarts=1),
    )


def own_families():
    """Return the exporter's families, except for those of the test process."""
    return [family for family in own.families(own_state()) if not family.name.startswith("process_")]


EVENTS = [
    Event(WALL, "deployment", "fraud 7 is live", model="fraud", version="7"),
    Event(WALL - 60, "incident", 'a "quoted" title\nin two lines'),
    Event(WALL - 90, "deployment", "fraud 7 is live", "retrained " * 30, "fraud", "7", arrived=WALL + 5),
]


@pytest.fixture(scope="module")
def shown(views, moved_view, guarded_view, broken_view, together_view, chat_view,
          ensemble_view, rival_views, estimated_view, estimated_errors_view):  # fmt: skip
    """Return the text of each group."""
    groups = {group.key: list(group.families(views)) for group in GROUPS.values()}
    groups["explanations"] = list(GROUPS["explanations"].families([*views, moved_view, ensemble_view]))
    groups["challengers"] = list(GROUPS["challengers"].families([*views, *rival_views]))
    for name in ("components", "decisions", "slices"):
        groups[name] = list(GROUPS[name].families([*views, ensemble_view]))
    groups["drift"] = list(GROUPS["drift"].families([*views, ensemble_view]))
    groups["outliers"] = list(GROUPS["outliers"].families([*views, guarded_view]))
    groups["llm"] = list(GROUPS["llm"].families([*views, chat_view]))
    for name in ("estimated_performance", "concept_drift", "costs"):
        groups[name] = list(GROUPS[name].families([*views, estimated_view, estimated_errors_view]))
    for name in ("event_times", "schema", "values"):
        groups[name] = list(GROUPS[name].families([*views, broken_view]))
    for name in ("joint", "attributions", "importance"):
        groups[name] = list(GROUPS[name].families([*views, together_view]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "__version__", "1.2.3")
        patch.setattr(own.platform, "python_version", lambda: "3.11.7")
        groups["own"] = own_families()
    groups["events"] = list(event_families(EVENTS))
    groups["collectors"] = list(collector_families({"drift": 0.25, "slo": 0.5}, {"drift": True, "slo": False}))
    return {
        name: rounded(render(families, PROMETHEUS_TEXT).decode(), DIGITS.get(name, 10))
        for name, families in groups.items()
    }


# Sums in single precision have seven digits, p-values fewer.
DIGITS = {"joint": 3}


def rounded(text, digits):
    """Return a scrape with rounded values: the last digit differs between processors."""
    return re.sub(
        r"(?<= )(-?\d+\.\d+(?:e[+-]\d+)?)$", lambda number: f"{float(number[1]):.{digits}g}", text, flags=re.MULTILINE
    )


NAMES = sorted([*GROUPS, "own", "events", "collectors"])


@pytest.mark.parametrize("name", NAMES)
def test_the_scrape_is_as_it_was(name, shown, request):
    """Every changed line of a scrape is a diff of the golden file."""
    path = GOLDEN / f"{name}.prom"
    if request.config.getoption("--update-golden"):
        path.write_text(shown[name], encoding="utf-8")
    assert shown[name].splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_each_golden_file_is_of_a_group():
    """Every golden file belongs to a group."""
    assert sorted(path.stem for path in GOLDEN.iterdir()) == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_promtool_reads_it(name, shown):
    """promtool reads the text, and reports only accepted lints."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=shown[name].encode(), capture_output=True, timeout=300
    )
    complaints = (checked.stdout + checked.stderr).decode().splitlines()
    assert [line for line in complaints if line not in ACCEPTED_LINTS] == []
    assert checked.returncode in (0, 3)  # 3: lints were found
