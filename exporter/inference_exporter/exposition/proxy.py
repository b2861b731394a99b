"""Numbers about the reverse proxy."""

from collections.abc import Iterator, Mapping

from ..intake.proxy_totals import BOUNDS, Durations, ProxyTotals, totals_of
from ..intake.refusals import FrontTotals
from ._base import Family, counter, gauge, histogram, labels


def proxy_families(front: FrontTotals) -> Iterator[Family]:
    """Yield the families of the proxy's last report; while there is none, only that there should be one."""
    if not front.has_proxy:
        return
    # The proxy reports with each scrape; one missing report shows as 0 here and as no series below.
    up = gauge("inference_exporter_proxy_up", "1 if the proxy's process reports.")
    up.add("", float(front.proxy is not None))
    yield up
    if front.proxy is None:
        return
    totals = totals_of(front.proxy)
    for name, help_text, value in _counters(totals, front.proxy_restarts):
        family = (counter if name.endswith("_total") else gauge)(name, help_text)
        family.add("", value)
        yield family
    yield _by(
        "requests_total", "Requests by status code; `unanswered` without a whole answer.", "code", totals.requests
    )
    yield _by("copies_dropped_total", "Bodies that were not copied, by reason.", "reason", totals.dropped)
    yield _by("failures_total", "Faults of the proxy; the bytes went through all the same.", "part", totals.failures)
    # Two histograms, because answers may be streams: the last byte of a chat reply takes seconds by design.
    yield _durations("first_byte", "From the start of a request to the first byte of its answer.", totals.first_byte)
    yield _durations("last_byte", "From the start of a request to the last byte of its answer.", totals.last_byte)


def _counters(totals: ProxyTotals, restarts: int) -> tuple[tuple[str, str, float], ...]:
    start = "inference_exporter_proxy"
    return (
        (f"{start}_connections", "Open connections of clients.", totals.connections),
        (f"{start}_received_bytes_total", "Bytes from clients.", totals.bytes_up),
        (f"{start}_sent_bytes_total", "Bytes to clients.", totals.bytes_down),
        (f"{start}_copies_total", "Exchanges that the intake has read.", totals.copies),
        (f"{start}_copied_bytes", "Bytes of copies that wait for the intake.", totals.copied_bytes),
        (f"{start}_upstream_errors_total", "Requests that the upstream did not answer completely.",
         totals.upstream_errors),
        (f"{start}_restarts_total", "Restarts of the proxy's process.", restarts),
    )  # fmt: skip


def _by(name: str, help_text: str, label: str, counts: Mapping[str, int]) -> Family:
    family = counter(f"inference_exporter_proxy_{name}", help_text)
    for value, number in sorted(counts.items()):
        family.add(labels(**{label: value}), number)
    return family


def _durations(name: str, help_text: str, durations: Durations) -> Family:
    family = histogram(f"inference_exporter_proxy_{name}_seconds", help_text)
    cumulative = 0
    for bound, count in zip((*map(repr, BOUNDS), "+Inf"), durations.counts, strict=True):
        cumulative += count
        # Not `add_histogram`: the counts come from another process, as plain numbers without exemplars.
        family.add(f'le="{bound}"', cumulative, "_bucket")
    family.add("", durations.total_seconds, "_sum")
    family.add("", cumulative, "_count")
    return family
