"""The summary at the end of the demo."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .balance import Balance
from .chat import Alert

SUMMER_IS_SEEN = "2013-08-01"
"""A month of summer, which differs from January to April, has passed by then."""


@dataclass(frozen=True)
class Outcomes:
    """Outcomes passed to the client by the traffic, by result."""

    sent: int
    accepted: int
    rejected: int
    dropped: int
    still_queued: int

    @property
    def hold(self) -> bool:
        """Whether every outcome is accounted for."""
        return self.sent == self.accepted + self.rejected + self.dropped + self.still_queued


@dataclass(frozen=True)
class Summary:
    """The results of one run."""

    seconds: float
    date: str
    balance: Balance
    """Samples by result."""
    outcomes: Outcomes
    failed_requests: int
    unanswered: int
    """Samples of requests that the model server did not answer; it may have reported them."""
    drifted: Sequence[str]
    """Features that drifted at some time."""
    with_stack: bool
    fired: Sequence[Alert] = ()
    resolved: Sequence[Alert] = ()
    drift_in_chat: bool = False
    """Whether a drift alert appeared in chat."""

    @property
    def accounts_hold(self) -> bool:
        """Whether every sample and every outcome is accounted for."""
        return self.balance.holds and self.outcomes.hold

    @property
    def exit_code(self) -> int:
        """0 if the demo showed drift and accounted for everything."""
        # The demo is not to blame for a slow machine, but it is for a lost sample.
        return 0 if (self.drift_shown or self.before_drift) and self.accounts_hold and self.balance.sent else 1

    @property
    def drift_shown(self) -> bool:
        """Whether drift was shown: in chat, or by the exporter if there is no Alertmanager."""
        # With the stack, the whole way counts: rule, Alertmanager, receiver.
        return self.drift_in_chat if self.with_stack else bool(self.drifted)

    @property
    def before_drift(self) -> bool:
        """Whether the replay ended before summer, as it may on a busy machine: nothing can have drifted by then."""
        return self.date < SUMMER_IS_SEEN

    def text(self) -> str:
        """Return the summary as text."""
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
            return ["  alerts                 none: Prometheus and Alertmanager are not running"]
        return [
            f"  alerts fired           {len(self.fired):>9,}  ({_names(self.fired)})",
            f"  alerts resolved        {len(self.resolved):>9,}  ({_names(self.resolved)})",
            f"  drift alert in chat    {self._in_chat():>9}",
        ]


def _names(alerts: Iterable[Alert]) -> str:
    counts = Counter(alert.name for alert in alerts)
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
