"""The short story on today's Prometheus and Alertmanager, and the effect of each scrape setting."""

import re

import pytest
import requests
import yaml
from inference_exporter.demo.processes import Processes, free_port
from inference_exporter.demo.stopping import Stop
from programs import built, released_version
from test_system import assert_all_answer, recording_rules_with_data

pytestmark = pytest.mark.end_to_end

# Ways to scrape the same exporter, by the name of their job.
WAYS = {
    "default": {},
    "legacy_names": {"metric_name_validation_scheme": "legacy"},
    "escaped_names": {"metric_name_escaping_scheme": "underscores"},
    "text": {"scrape_protocols": ["PrometheusText0.0.4"]},
    "openmetrics": {"scrape_protocols": ["OpenMetricsText1.0.0"]},
    "native": {"scrape_native_histograms": True},
    "converted": {"convert_classic_histograms_to_nhcb": True},
    "converted_and_classic": {"convert_classic_histograms_to_nhcb": True, "always_scrape_classic_histograms": True},
    "with_fallback": {"fallback_scrape_protocol": "PrometheusText0.0.4"},
}
HISTOGRAM = "model_request_duration_seconds"
COME_AND_GO = {"model_feature_schema_problem", "model_feature_drift_info", "model_drift_unknown"}


@pytest.fixture(scope="module")
def ways(system, todays, tmp_path_factory):
    """Start a Prometheus 3 that scrapes the sidecar with each setting; wait for a scrape of each."""
    folder, port = tmp_path_factory.mktemp("ways"), free_port()
    target = {"static_configs": [{"targets": [system.exporter.removeprefix("http://")]}]}
    jobs = [{"job_name": name, **target, **options} for name, options in WAYS.items()]
    content = {"global": {"scrape_interval": "5s", "scrape_timeout": "5s"}, "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(content))
    command = [built("prometheus"), "--config.file=prometheus.yml", f"--web.listen-address=127.0.0.1:{port}"]
    with Processes(folder, Stop()) as processes:
        processes.start("prometheus", command, folder=folder)
        address = f"http://127.0.0.1:{port}"
        processes.await_ready("prometheus", f"{address}/-/ready")
        scraped = type(system)(system.exporter, address, system.room, system.traffic)
        scraped.wait_for(
            lambda: len(scraped.query("max_over_time(up[1m]) == 1")) == len(WAYS),
            "Prometheus has not scraped the sidecar in each of the ways",
        )
        yield scraped


class TestStory:
    def test_is_todays(self, todays):
        """The Prometheus that answers is the one that docker-compose.yml runs."""
        answer = requests.get(f"{todays.prometheus}/api/v1/status/buildinfo", timeout=10).json()
        assert answer["data"]["version"] == released_version("prometheus")

    def test_every_rule_is_healthy(self, todays):
        """Prometheus 3 evaluates every rule without an error or a warning."""
        todays.wait_for(
            lambda: todays.query("model_feature:judged_samples:recent"), "rules that rest on other rules have not run"
        )
        answer = requests.get(f"{todays.prometheus}/api/v1/rules", timeout=10).json()
        rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
        assert len(rules) > 50
        assert {(rule["name"], rule.get("lastError", "")) for rule in rules if rule["health"] == "err"} == set()

    def test_every_recording_rule_has_data(self, todays):
        """Each recording rule has data in Prometheus 3, or is listed with the reason."""
        assert_all_answer(todays, recording_rules_with_data())

    def test_drift_travels_to_the_chat_room(self, todays):
        """Drifted traffic is alerted on through today's Alertmanager, in the right chat channel."""
        todays.traffic.drift.set()
        try:
            todays.wait_for(todays.room.drift_spoken_of, "no drift alert in the chat room", seconds=90)
        finally:
            todays.traffic.drift.clear()
        message = next(text for text in todays.room.messages if "drift" in text)
        assert "#ml-data-science" in message
        assert re.search(r"\d% to \d+%", message)


class TestWaysToScrape:
    def names(self, ways, job):
        """Return the names and labels of everything about models that a job stored, but the job itself."""
        found = ways.query(f'count by (__name__, le) ({{job="{job}", __name__=~"model_.+|inference_exporter_.+"}})')
        # A problem has a series only while it lasts, and scrapes are at different times.
        lasting = [each["metric"] for each in found if each["metric"]["__name__"] not in COME_AND_GO]
        return {(metric["__name__"], metric.get("le")) for metric in lasting}

    @pytest.mark.parametrize("job", ["legacy_names", "escaped_names", "text", "openmetrics", "native", "with_fallback"])
    def test_makes_no_difference(self, ways, job):
        """Schemes of names, protocols and native histograms give the same series: all our names are plain."""
        assert self.names(ways, job) == self.names(ways, "default")

    def test_bounds_are_numbers(self, ways):
        """Prometheus 3 writes each bound of a histogram as a float, whatever the scrape says."""
        bounds = {le for _, le in self.names(ways, "default") if le}
        assert bounds
        assert all(bound == "+Inf" or "." in bound or "e" in bound for bound in bounds)

    def test_converted_histograms_lose_their_buckets(self, ways):
        """Converted, a histogram is one native series and has no buckets; every other metric stays."""
        before, after = self.names(ways, "default"), self.names(ways, "converted")
        lost = {name for name, _ in before - after}
        assert {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in lost} == {
            name for name, _ in after - before
        }
        assert (HISTOGRAM, None) in after
        assert (f"{HISTOGRAM}_bucket", "+Inf") not in after

    def test_converted_histograms_answer_quantiles(self, ways):
        """A native histogram gives its quantiles without `le`."""
        quantile = f'histogram_quantile(0.5, sum by (model) ({HISTOGRAM}{{job="converted", model="credit"}}))'
        assert 0 < float(ways.query(quantile)[0]["value"][1]) < 1

    def test_both_can_be_had(self, ways):
        """Classic histograms can be kept in addition to converted ones."""
        assert self.names(ways, "converted_and_classic") == self.names(ways, "default") | self.names(ways, "converted")
