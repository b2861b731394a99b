"""Checks that every sample is accounted for, by the counters of the client and of the exporter."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ExporterAccount:
    """Samples received by the exporter, by result."""

    received: float
    accepted: float
    rejected: float
    dropped: float

    @property
    def accounted(self) -> float:
        """Samples with a known result."""
        return self.accepted + self.rejected + self.dropped


@dataclass(frozen=True)
class ClientAccount:
    """Samples passed to the client by the model server, by result."""

    observed: int
    answered: int
    """Accepted or rejected, as confirmed to the client."""
    dropped: Mapping[str, int]
    queued: int
    in_flight: int
    """In a request not answered yet; the exporter may have counted them already."""

    @property
    def waiting(self) -> int:
        """Samples without a result in the client yet."""
        return self.queued + self.in_flight


@dataclass(frozen=True)
class Balance:
    """Sent = accepted + rejected + dropped + still queued."""

    client: ClientAccount
    exporter: ExporterAccount

    @property
    def sent(self) -> int:
        """Samples passed to the client."""
        return self.client.observed

    @property
    def dropped(self) -> float:
        """Samples dropped by either side."""
        return sum(self.client.dropped.values()) + self.exporter.dropped

    @property
    def still_queued(self) -> float:
        """Samples waiting in the client, without those in flight that the exporter has already counted."""
        return self.client.waiting - self._counted_early

    @property
    def holds(self) -> bool:
        """Whether the sum is right, and both sides agree on the samples sent."""
        total = self.exporter.accepted + self.exporter.rejected + self.dropped + self.still_queued
        return (
            self.sent == total
            and self.exporter.received == self.exporter.accounted
            # Outside this range one side counted samples that the other does not know.
            and 0 <= self._counted_early <= self.client.in_flight
        )

    def lines(self) -> list[str]:
        """Return the lines of the summary."""
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
        # Counted by the exporter, while the answer is still on its way to the client.
        return self.exporter.accounted - self.client.answered

    def _verdict(self) -> str:
        sentence = "sent = accepted + rejected + dropped + still queued"
        if self.holds:
            return f"adds up: {sentence}"
        return f"DOES NOT ADD UP: {sentence} fails; {self.client}, {self.exporter}"
