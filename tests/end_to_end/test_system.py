"""The main job: traffic in, numbers in a real Prometheus, alerts in the chat room. One story, told in order."""

import re
from pathlib import Path

import pytest
import requests
import yaml
from dashboard_queries import filled_queries, reason_for_silence
from prometheus_client.parser import text_string_to_metric_families
from traffic_of_tests import CLASSIFIER, REGRESSOR

pytestmark = pytest.mark.end_to_end
RULES = Path(__file__).parents[2] / "prometheus" / "rules"

# Recording rules that may have no data in a healthy system, with the reason.
SILENT_RULES = {
    "model_feature:problem_excess:significant": "nothing is wrong with the data",
    "model_measure:performance_loss:significant": "performance is as on the reference",
    "model_feature:drift_info:longest_window": "nothing has drifted",
    "model:prediction_drift_info:longest_window": "nothing has drifted",
    "model_class:score_drift_info:longest_window": "nothing has drifted",
    "model_feature:drift_impact:top": "nothing has drifted",
    "model:attribution_drifted:longest_window": "samples carry no attributions",
    "model:attribution_drift_ndcg:longest_window": "samples carry no attributions",
    "model_feature:schema_problem:recent": "nothing is wrong with the schema",
    "model_feature:renamed:max": "nothing was renamed",
    "model:event_time_problem:recent": "the sender's clock is right",
    "model:deployment:recent": "nothing is being deployed",
    "model:last_sample_timestamp_seconds:max": "this service level is off",
    "model:last_outcome_timestamp_seconds:max": "this service level is off",
}
SILENT_FAMILIES = {
    "model_llm:": "no model is a language model",
    "model_upstream_": "no model server exports metrics of its own",
    "model_component:": "samples have no outputs of components",
    "model:action_drift": "samples have no actions",
    "model_prediction:action_mismatches:": "no actions are configured",
    "model_guardrail:": "no guardrails are configured",
    "model_slice:": "no slices are configured",
}


def sent_and_stored(system) -> bool:
    """Return whether Prometheus has stored more than ten seconds of traffic."""
    return bool(system.query('sum(increase(model_requests_total{model="credit"}[10s])) > 500'))


def assert_all_answer(system, wanted) -> None:
    """Wait until each query has a result; a busy Prometheus may have missed some scrapes."""
    silent = dict(wanted)

    def none_is_silent() -> bool:
        for name in [name for name, query in silent.items() if system.query(query)]:
            del silent[name]
        return not silent

    system.wait_for(none_is_silent, lambda: "\n".join(["no answer to:", *silent]))


def recording_rules_with_data() -> dict[str, str]:
    """Return the expression of each recording rule that has data while the tests' traffic runs."""
    return {
        f"{rule['record']}: {rule['expr']}": rule["expr"]
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "record" in rule and rule["record"] not in SILENT_RULES
        if not rule["record"].startswith(tuple(SILENT_FAMILIES))
    }


@pytest.fixture
def running(system):
    """Return the system once its windows are full of clean traffic."""
    system.wait_for(lambda: sent_and_stored(system), "Prometheus has not stored ten seconds of traffic")
    system.wait_for(
        lambda: system.query('model_drifted_features{window="20s"} >= 0'), "the verdict is not known in any window"
    )
    system.wait_for(
        lambda: system.query("model_feature:judged_samples:recent"), "rules that rest on other rules have not run"
    )
    return system


def test_every_sample_is_accounted_for(running):
    """Sent equals received, and received equals accepted plus rejected plus dropped."""
    before = running.traffic.sent
    text = requests.get(f"{running.exporter}/metrics", timeout=60).text
    sums = {
        family.name: sum(sample.value for sample in family.samples)
        for family in text_string_to_metric_families(text)
        if family.name.startswith("inference_exporter_samples")
    }
    received, accepted = sums["inference_exporter_samples"], sums["inference_exporter_samples_accepted"]
    assert before <= received <= running.traffic.sent + 120
    assert (
        received == accepted + sums["inference_exporter_samples_rejected"] + sums["inference_exporter_samples_dropped"]
    )


def test_prometheus_stores_what_the_exporter_shows(running):
    """All targets are up, scrapes are complete, and a gauge is stored with its value."""
    running.wait_for(lambda: {point["value"][1] for point in running.query("up")} == {"1"}, "a target is down")
    text = requests.get(f"{running.exporter}/metrics/reference", timeout=60).text
    shown = {
        frozenset(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "model_feature_reference_ratio"
    }
    stored = {
        frozenset((k, v) for k, v in point["metric"].items() if k not in ("__name__", "job", "instance")): float(
            point["value"][1]
        )
        for point in running.query("model_feature_reference_ratio")
    }
    assert stored == shown


def test_clean_traffic_raises_no_drift(running):
    """No feature, prediction or score of clean traffic was reported as drifted."""
    for name in ("model_feature_drifted", "model_prediction_drifted", "model_score_drifted"):
        assert running.query(f"max_over_time({name}[1m]) == 1") == []
    assert [alert.name for alert in running.room.alerts()[0] if alert.category == "drift"] == []


@pytest.mark.parametrize("key", [CLASSIFIER, REGRESSOR], ids=lambda key: key.model)
@pytest.mark.parametrize("feature", ["age", "country"])
def test_every_panel_has_data(running, key, feature):
    """Each query of each dashboard has data in the real Prometheus, or is listed with the reason."""
    circumstances = {
        "classification" if key == CLASSIFIER else "regression",
        "numeric feature" if feature == "age" else "categorical feature",
        "no memory limit",
    }
    values = {
        "models": ".*", "model": key.model, "version": key.version, "variant": key.variant, "feature": feature,
        "window": "20s", "job": ".*", "slo_period": "30s", "__range": "15s", "__rate_interval": "5s",
        "__interval": "1s",
    }  # fmt: skip
    wanted = {
        f"{query.dashboard}: {query.panel} {query.ref_id}: {query.expr}": query.expr
        for query in filled_queries(values)
        if reason_for_silence(query, circumstances) is None
    }
    assert_all_answer(running, wanted)


def test_every_recording_rule_has_data(running):
    """Each recording rule has data in the real Prometheus, or is listed with the reason."""
    assert_all_answer(running, recording_rules_with_data())


def test_every_rule_is_healthy(running):
    """Prometheus evaluates every rule without an error, and every alert expression is valid."""
    answer = requests.get(f"{running.prometheus}/api/v1/rules", timeout=60).json()
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    assert len(rules) > 50
    assert {(rule["name"], rule.get("lastError", "")) for rule in rules if rule["health"] == "err"} == set()
    for rule in rules:
        running.query(rule["query"])


def test_drift_travels_to_the_chat_room_and_resolves(running):
    """Drifted traffic is detected, alerted on in the right chat channel, and resolved when it is over."""
    running.traffic.drift.set()
    try:
        running.wait_for(running.room.drift_spoken_of, "no drift alert in the chat room")
    finally:
        running.traffic.drift.clear()
    message = next(text for text in running.room.messages if "drift" in text)
    assert "#ml-data-science" in message
    assert "age" in message
    assert re.search(r"\d% to \d+%.*, since \d{4}-\d\d-\d\d \d\d:\d\dZ\.", message)  # what moved, and since when
    assert running.query('max_over_time(model_feature_drifted{feature="age"}[1m]) == 1')
    assert running.query('max_over_time(model_feature_drifted{feature="country"}[2m]) == 1') == []

    def resolved() -> bool:
        return any(alert.category == "drift" for alert in running.room.alerts()[1])

    running.wait_for(resolved, "the drift alert was not resolved")
