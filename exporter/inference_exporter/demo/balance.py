"""Whether every sample handed over is accounted for, by the counters of the client and of the exporter."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ExporterAccount:
    """What became of the samples that the exporter received."""

    received: float
    accepted: float
    rejected: float
    dropped: float

    @property
    def accounted(self) -> float:
        """Those of which we know what became."""
        return self.accepted + self.rejected + self.dropped


@dataclass(frozen=True)
class ClientAccount:
    """What became of the samples that the model server handed to our client."""

    observed: int
    answered: int
    """Accepted or rejected by the exporter, and the client knows it."""
    dropped: Mapping[str, int]
    queued: int
    in_flight: int
    """In a request that the exporter has not answered yet; it may have counted them already."""

    @property
    def waiting(self) -> int:
        """Those whose fate the client does not know yet."""
        return self.queued + self.in_flight


@dataclass(frozen=True)
class Balance:
    """Sent = accepted + rejected + dropped + still queued."""

    client: ClientAccount
    exporter: ExporterAccount

    @property
    def sent(self) -> int:
        """What the model server handed over."""
        return self.client.observed

    @property
    def dropped(self) -> float:
        """What either side dropped."""
        return sum(self.client.dropped.values()) + self.exporter.dropped

    @property
    def still_queued(self) -> float:
        """What waits in the client, without those in flight that the exporter has counted already."""
        return self.client.waiting - self._counted_early

    @property
    def holds(self) -> bool:
        """Whether the sum is right, and both sides agree on what went from one to the other."""
        total = self.exporter.accepted + self.exporter.rejected + self.dropped + self.still_queued
        return (
            self.sent == total
            and self.exporter.received == self.exporter.accounted
            and 0 <= self._counted_early <= self.client.in_flight
        )

    def lines(self) -> list[str]:
        """Return the figures as the summary prints them."""
        reasons = dict(self.client.dropped) | (
            {"by the exporter": self.exporter.dropped} if self.exporter.dropped else {}
        )
        why = ", ".join(f"{reason} {count:,.0f}" for reason, count in sorted(reasons.items()) if count)
        return [
            f"  samples sent           {self.sent:>9,}",
            f"  samples accepted       {self.exporter.accepted:>9,.0f}",
            f"  samples rejected       {self.exporter.rejected:>9,.0f}",
            f"  samples dropped        {self.dropped:>9,.0f}" + (f"  ({why})" if why else ""),
            f"  samples still queued   {self.still_queued:>9,.0f}",
            f"  accounting             {self._verdict()}",
        ]

    @property
    def _counted_early(self) -> float:
        return self.exporter.accounted - self.client.answered

    def _verdict(self) -> str:
        sentence = "sent = accepted + rejected + dropped + still queued"
        if self.holds:
            return f"adds up: {sentence}"
        return f"DOES NOT ADD UP: {sentence} fails; {self.client}, {self.exporter}"
