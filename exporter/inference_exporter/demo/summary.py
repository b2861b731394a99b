"""What the demo showed, in the end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .chat import Alert
from .sidecar import Account


@dataclass(frozen=True)
class Summary:
    """The figures of one run."""

    seconds: float
    date: str
    samples_sent: int
    outcomes_sent: int
    failed_requests: int
    account: Account
    """What the exporter says of those that it received."""
    client_dropped: int
    """What the client dropped, since it could not send it in time."""
    drifted: Sequence[str]
    """The features that were drifted at some time."""
    with_stack: bool
    fired: Sequence[Alert] = ()
    resolved: Sequence[Alert] = ()
    drift_in_chat: bool = False
    """Whether an alert on drift was seen firing in chat."""

    @property
    def exit_code(self) -> int:
        """0 where the demo showed what it is for."""
        if self.with_stack:
            return 0 if self.drift_in_chat else 1
        return 0 if self.drifted and self.account.accounted >= self.samples_sent > 0 else 1

    def text(self) -> str:
        """Return the summary as it is printed."""
        lines = [
            f"Summary after {self.seconds:.0f} s, {self.date} reached",
            f"  samples sent           {self.samples_sent:>9,}",
            f"  samples accounted for  {self.account.accounted:>9,.0f}  "
            f"(accepted {self.account.accepted:,.0f}, rejected {self.account.rejected:,.0f}, "
            f"dropped {self.account.dropped:,.0f})",
            f"  dropped by the client  {self.client_dropped:>9,}",
            f"  outcomes sent          {self.outcomes_sent:>9,}",
            f"  failed requests        {self.failed_requests:>9,}",
            f"  features drifted       {len(self.drifted):>9,}  ({', '.join(self.drifted) or 'none'})",
        ]
        return "\n".join([*lines, *self._alert_lines()])

    def _alert_lines(self) -> list[str]:
        if not self.with_stack:
            return ["  alerts                 none: without Prometheus and Alertmanager there is nobody to raise them"]
        return [
            f"  alerts fired           {len(self.fired):>9,}  ({_names(self.fired)})",
            f"  alerts resolved        {len(self.resolved):>9,}  ({_names(self.resolved)})",
            f"  drift alert in chat    {'yes' if self.drift_in_chat else 'no':>9}",
        ]


def _names(alerts: Iterable[Alert]) -> str:
    counts = Counter(alert.name for alert in alerts)
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
