"""What the demo showed, in the end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .balance import Balance
from .chat import Alert

SUMMER_IS_SEEN = "2013-08-01"
"""By then a month of summer has gone by, which is unlike the months from January to April."""


@dataclass(frozen=True)
class Outcomes:
    """What became of the outcomes that the traffic handed to its client."""

    sent: int
    accepted: int
    rejected: int
    dropped: int
    still_queued: int

    @property
    def hold(self) -> bool:
        """Whether each is accounted for."""
        return self.sent == self.accepted + self.rejected + self.dropped + self.still_queued


@dataclass(frozen=True)
class Summary:
    """The figures of one run."""

    seconds: float
    date: str
    balance: Balance
    """What became of the samples."""
    outcomes: Outcomes
    failed_requests: int
    unanswered: int
    """Samples of requests that the model server did not answer; it may have handed them over."""
    drifted: Sequence[str]
    """The features that were drifted at some time."""
    with_stack: bool
    fired: Sequence[Alert] = ()
    resolved: Sequence[Alert] = ()
    drift_in_chat: bool = False
    """Whether an alert on drift was seen firing in chat."""

    @property
    def accounts_hold(self) -> bool:
        """Whether every sample and every outcome is accounted for."""
        return self.balance.holds and self.outcomes.hold

    @property
    def exit_code(self) -> int:
        """0 where the demo showed what it is for, and lost sight of nothing."""
        return 0 if (self.drift_shown or self.before_drift) and self.accounts_hold and self.balance.sent else 1

    @property
    def drift_shown(self) -> bool:
        """Whether drift went as far as it can: to the chat, or to the exporter where nobody sends alerts."""
        return self.drift_in_chat if self.with_stack else bool(self.drifted)

    @property
    def before_drift(self) -> bool:
        """Whether the replay ended before the summer, as it may on a busy machine: nothing could drift by then."""
        return self.date < SUMMER_IS_SEEN

    def text(self) -> str:
        """Return the summary as it is printed."""
        outcomes = self.outcomes
        lines = [
            f"Summary after {self.seconds:.0f} s, {self.date} reached",
            *self.balance.lines(),
            f"  outcomes sent          {outcomes.sent:>9,}  (accepted {outcomes.accepted:,}, "
            f"rejected {outcomes.rejected:,}, dropped {outcomes.dropped:,}, still queued {outcomes.still_queued:,})",
            f"  failed requests        {self.failed_requests:>9,}",
            f"  samples unanswered     {self.unanswered:>9,}",
            f"  features drifted       {len(self.drifted):>9,}  ({', '.join(self.drifted) or 'none'})",
        ]
        return "\n".join([*lines, *self._alert_lines()])

    def _in_chat(self) -> str:
        if self.drift_in_chat:
            return "yes"
        return f"not yet: this run ended before {SUMMER_IS_SEEN}" if self.before_drift else "no"

    def _alert_lines(self) -> list[str]:
        if not self.with_stack:
            return ["  alerts                 none: without Prometheus and Alertmanager there is nobody to raise them"]
        return [
            f"  alerts fired           {len(self.fired):>9,}  ({_names(self.fired)})",
            f"  alerts resolved        {len(self.resolved):>9,}  ({_names(self.resolved)})",
            f"  drift alert in chat    {self._in_chat():>9}",
        ]


def _names(alerts: Iterable[Alert]) -> str:
    counts = Counter(alert.name for alert in alerts)
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
