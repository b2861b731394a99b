"""Panels about the exporter itself: does it take in all samples, answer scrapes, and what does it cost?"""

from .look import BAD, BYTES, COUNT, GOOD, NOTICE, PER_SECOND, SECONDS, Look, rising
from .panels import Panel, Stat, TimeSeries
from .queries import Target

JOB = 'job=~"$job"'
OF_THE_EXPORTER = "and on (job, instance) inference_exporter_build_info"

UP = Look(words={0: ("DOWN", BAD), 1: ("up", GOOD)})
LOADED = Look(words={0: ("REJECTED", BAD), 1: ("in use", GOOD)})


def panels() -> tuple[Panel, ...]:
    """Return the panels in reading order."""
    return (*_state(), *_intake(), *_ways_in(), *_cost())


def _intake() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Samples accounted for",
            description="Rates of samples received, accepted, rejected as unreadable, and dropped. Received is the sum "
            "of the other three.",
            look=PER_SECOND,
            targets=(
                Target(_rate("inference_exporter_samples_total"), "received", color=GOOD),
                Target(_rate("inference_exporter_samples_accepted_total"), "accepted", dashed=True),
                Target(_rate("inference_exporter_samples_rejected_total"), "rejected", color=BAD),
                Target(_rate("inference_exporter_samples_dropped_total"), "dropped", color=NOTICE),
            ),
        ),
        TimeSeries(
            title="Rejected and dropped samples by reason",
            many=True,
            description="Why samples and outcomes were not counted. Empty until one is rejected or dropped.",
            look=PER_SECOND,
            targets=(
                Target(_rate("inference_exporter_samples_rejected_total", "reason"), "rejected: {{reason}}"),
                Target(_rate("inference_exporter_samples_dropped_total", "reason"), "dropped: {{reason}}"),
                Target(_rate("inference_exporter_outcomes_rejected_total", "reason"), "outcome: {{reason}}"),
            ),
        ),
    )


def _ways_in() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Inputs",
            description="Whether files and topics can be read, and the proxy runs. Empty without `inputs` and `proxy`.",
            look=UP,
            width=6,
            targets=(
                Target(f"min by (source) (inference_exporter_input_up{{{JOB}}})", "{{source}}"),
                Target(f"min by (instance) (inference_exporter_proxy_up{{{JOB}}})", "proxy of {{instance}}"),
            ),
        ),
        TimeSeries(
            title="Backlog of files",
            description="Bytes that are still to be read, by configured path. Empty without `inputs.files`.",
            look=BYTES,
            many=True,
            width=6,
            targets=(Target(f"sum by (path) (inference_exporter_files_lag_bytes{{{JOB}}})", "{{path}}"),),
        ),
        TimeSeries(
            title="Backlog of Kafka",
            description="Messages that are still to be read, by topic, of all replicas. Empty without `inputs.kafka`.",
            look=COUNT,
            many=True,
            width=6,
            targets=(Target(f"sum by (topic) (inference_exporter_kafka_lag_messages{{{JOB}}})", "{{topic}}"),),
        ),
        TimeSeries(
            title="Through the proxy",
            description="Rates of requests, of those that the model server did not answer completely, and of requests "
            "or responses that were not copied. Empty without `proxy`.",
            look=PER_SECOND,
            width=6,
            targets=(
                Target(_rate("inference_exporter_proxy_requests_total"), "requests", color=GOOD),
                Target(_rate("inference_exporter_proxy_upstream_errors_total"), "upstream errors", color=BAD),
                Target(_rate("inference_exporter_proxy_copies_dropped_total"), "not copied", color=NOTICE),
            ),
        ),
    )


def _rate(metric: str, by: str = "") -> str:
    labels = f" by ({by})" if by else ""
    return f"sum{labels} (rate({metric}{{{JOB}}}[$__rate_interval]))"


def _state() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Exporters",
            description="Whether Prometheus reaches each exporter.",
            look=UP,
            width=8,
            targets=(Target(f"min by (instance) (up{{{JOB}}})", "{{instance}}"),),
        ),
        Stat(
            title="Configuration",
            description="Whether the last reload of the configuration succeeded; if not, the previous one is in use.",
            look=LOADED,
            width=8,
            targets=(
                Target(
                    f"min by (instance) (inference_exporter_config_last_reload_successful{{{JOB}}})", "{{instance}}"
                ),
            ),
        ),
        Stat(
            title="Label values folded",
            description="Label values beyond the configured limits that were merged into one, within the dashboard's "
            "time range.",
            look=Look(unit="locale", decimals=0, steps=rising(1, None)),
            width=8,
            targets=(Target(f"sum(increase(inference_exporter_label_values_folded_total{{{JOB}}}[$__range]))"),),
        ),
    )


def _cost() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Duration of requests and scrapes",
            description="How long the last request took, and how long Prometheus waits for a scrape.",
            look=SECONDS,
            width=8,
            targets=(
                Target(f"max by (instance) (inference_exporter_intake_lag_seconds{{{JOB}}})", "intake {{instance}}"),
                Target(f"max by (job, instance) (scrape_duration_seconds{{{JOB}}})", "scrape {{instance}} ({{job}})"),
            ),
        ),
        TimeSeries(
            title="Waiting",
            description="Requests in progress, and outcomes that arrived before their prediction.",
            look=COUNT,
            width=8,
            targets=(
                Target(f"sum(inference_exporter_queue_samples{{{JOB}}})", "requests", color=GOOD),
                Target(f"sum(inference_exporter_outcomes_pending{{{JOB}}})", "outcomes", color=NOTICE),
            ),
        ),
        TimeSeries(
            title="Collectors",
            description="Duration of each part of a scrape, on the slowest exporter.",
            look=SECONDS,
            many=True,
            width=8,
            targets=(
                Target(
                    f"max by (collector) (inference_exporter_scrape_collector_duration_seconds{{{JOB}}})",
                    "{{collector}}",
                ),
            ),
        ),
        TimeSeries(
            title="Failed collectors",
            description="Parts of the last scrape that failed; the other parts are unaffected.",
            look=COUNT,
            many=True,
            width=8,
            targets=(
                Target(
                    f"sum by (collector) (1 - inference_exporter_scrape_collector_success{{{JOB}}})", "{{collector}}"
                ),
            ),
        ),
        TimeSeries(
            title="CPU of the exporter",
            description="CPU cores used by each exporter, not by the model servers.",
            look=Look(decimals=3, minimum=0),
            width=8,
            targets=(
                Target(
                    f"rate(process_cpu_seconds_total[$__rate_interval]) {OF_THE_EXPORTER}", "{{instance}} ({{job}})"
                ),
            ),
        ),
        TimeSeries(
            title="Memory of the exporter",
            description="Resident memory of each exporter, not of the model servers.",
            look=BYTES,
            width=8,
            targets=(Target(f"process_resident_memory_bytes {OF_THE_EXPORTER}", "{{instance}} ({{job}})"),),
        ),
    )
