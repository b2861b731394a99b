#!/usr/bin/env python3
"""Faults, and who is told of them: each raises exactly its alerts, in the right channels, in time, and they resolve.

Run it with ``python tests/faults/alerts.py``. Two replicas of the exporter, a
real Prometheus and a real Alertmanager run on the repository's own rules and
routes, with a minute of theirs in a second. Each receiver is a path of a local
sink. One fault after the other is switched on until its alerts have come, and
off until they have resolved; between them nothing may be firing. Prints a
table; exit code 1 where an alert was missing, late, unexpected or in two
messages. ``--only`` names some faults; ``--prometheus`` and ``--alertmanager``
take other programs than the installed ones, such as those that
`scripts/build_stack.sh` builds.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from alerting.sink import Sink, Told, sink_server
from alerting.stack import Stack
from alerting.traffic import Faults, Traffic
from inference_exporter.demo.processes import Processes
from inference_exporter.demo.stopping import Stop
from inference_exporter.demo.tools import find_tools

PROGRAMS = ("prometheus", "alertmanager")
BURN_FAST = "ModelErrorBudgetBurnFast"
WARM_UP_SECONDS = 150.0
HOLD_SECONDS = 6.0
"""How long a fault goes on once its alerts have come, so that what follows from it would come too."""
MACHINE_SECONDS = 45.0
"""What a busy machine may add to each stated time: scrapes and evaluations come late."""


@dataclass(frozen=True)
class Case:
    """A fault, the alerts that it has to raise, and within how many seconds it raises and resolves them."""

    name: str
    begin: Callable[[Stack, Faults], None]
    end: Callable[[Stack, Faults], None]
    expected: frozenset[Told]
    within: float
    resolves: float
    may: frozenset[str] = frozenset()
    """Names of alerts that may come in the same message: another measure of the same problem, or its beginning."""


def page(alert: str, team: str, slo: str = "") -> frozenset[Told]:
    """Return what a page means: the paging service and the team's chat hear of it."""
    return frozenset(Told(channel, alert, "page", slo) for channel in ("page", team))


def ticket(alert: str, team: str) -> frozenset[Told]:
    """Return what a ticket means: the team's chat hears of it."""
    return frozenset({Told(team, alert, "ticket")})


def switch(name: str, on: bool) -> Callable[[Stack, Faults], None]:
    """Return what turns a fault of the traffic on or off."""
    return lambda stack, faults: setattr(faults, name, on)


def fault(name: str, key: str, expected: frozenset[Told], within: float, resolves: float, *may: str) -> Case:
    """Return a fault of the traffic."""
    return Case(name, switch(key, True), switch(key, False), expected, within, resolves, frozenset(may))


# Stated times: `for`, the part of the window that has to be bad, and the wait of the route, a minute being a second.
CASES = (
    Case(
        "replica killed",
        lambda stack, faults: stack.kill_replica(stack.replicas[1]),
        lambda stack, faults: stack.start_replica(stack.replicas[1]),
        ticket("InferenceExporterDown", "operations"),
        within=10.0,
        resolves=15.0,
    ),
    fault("latency raised", "slow", page(BURN_FAST, "operations", "latency"), 60.0, 45.0),
    fault("model down", "failing", page(BURN_FAST, "operations", "availability"), 30.0, 45.0),
    fault("outcomes stalled", "stalled", page(BURN_FAST, "data-engineering", "outcome_freshness"), 45.0, 45.0),
    fault(
        "drift injected",
        "drifted",
        ticket("ModelDriftWidespread", "data-science"),
        60.0,
        90.0,
        "ModelJointDrift",
        "ModelFeatureDrift",
    ),
    # The last one: what windows of a day remember of it keeps drift back.
    fault("data broken", "broken", page("ModelFeatureBroken", "data-engineering"), 25.0, 45.0),
)


@dataclass
class Result:
    """What a fault did."""

    case: Case
    seconds: dict[Told, float] = field(default_factory=dict)
    resolved_after: float | None = None
    faults: list[str] = field(default_factory=list)


def wait_until(holds: Callable[[], bool], seconds: float) -> float | None:
    """Wait until something holds; return how long it took, None if it never did."""
    begin, pause = time.monotonic(), threading.Event()
    while (passed := time.monotonic() - begin) < seconds:
        if holds():
            return passed
        pause.wait(0.2)
    return None


def run_case(case: Case, stack: Stack, traffic: Traffic, sink: Sink) -> Result:
    """Switch a fault on and off again, and judge what was told."""
    sink.forget()
    result, begin = Result(case), time.monotonic()
    case.begin(stack, traffic.faults)
    wait_until(lambda: case.expected <= sink.state()[0].keys(), case.within + MACHINE_SECONDS)
    threading.Event().wait(HOLD_SECONDS)
    case.end(stack, traffic.faults)
    over = lambda: sink.state()[0].keys() <= sink.state()[1].keys()  # noqa: E731 - reads as a sentence below
    result.resolved_after = wait_until(over, case.resolves + MACHINE_SECONDS)
    threading.Event().wait(HOLD_SECONDS)
    fired, resolved, messages = sink.state()
    result.seconds = {told: moment - begin for told, moment in fired.items()}
    result.faults = list(judge(case, fired.keys(), resolved.keys(), messages))
    return result


def judge(case: Case, fired: "set[Told]", resolved: "set[Told]", messages: dict[str, int]) -> Iterator[str]:
    """Yield what is wrong."""
    yield from (f"missing: {told.alert} in {told.channel}" for told in case.expected - fired)
    channels = {told.channel for told in case.expected}
    for told in fired - case.expected:
        if not (told.alert in case.may and told.channel in channels):
            yield f"unexpected: {told.alert} {told.slo} in {told.channel}"
    yield from (f"did not resolve: {told.alert} {told.slo} in {told.channel}" for told in fired - resolved)
    yield from (f"{number} messages in {channel}" for channel, number in messages.items() if number > 1)


def show(result: Result) -> None:
    """Print a fault's lines of the table."""
    for told in sorted(result.case.expected, key=lambda each: each.channel):
        took = f"{result.seconds[told]:5.1f} s" if told in result.seconds else "  never"
        over = f"{result.resolved_after:5.1f} s" if result.resolved_after is not None else "  never"
        name = f"{told.alert} {told.slo}".strip()
        print(f"{result.case.name:18}{name:44}{told.severity:8}{told.channel:18}{took} (of {result.case.within:.0f})"
              f"  {over} (of {result.case.resolves:.0f})", flush=True)  # fmt: skip
    for wrong in result.faults:
        print(f"{'':18}! {wrong}", flush=True)


def quiet(stack: Stack, sink: Sink, seconds: float) -> bool:
    """Wait for full windows: a verdict is known, and nothing that was told still fires."""
    sink.forget()
    threading.Event().wait(min(seconds, 45.0))
    return wait_until(lambda: sink.state()[0].keys() <= sink.state()[1].keys(), seconds) is not None


def main(arguments: list[str] | None = None) -> int:
    """Run the faults and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], choices=[case.name for case in CASES], help="these faults")
    for name in PROGRAMS:
        parser.add_argument(f"--{name}", type=Path, default=find_tools().found.get(name), help="the program to run")
    asked = parser.parse_args(arguments)
    programs = {name: getattr(asked, name) for name in PROGRAMS}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        print(f"not found: {', '.join(missing)}")
        return 2
    cases = [case for case in CASES if not asked.only or case.name in asked.only]
    with ExitStack() as stack_of_contexts:
        return run(cases, programs, stack_of_contexts)


def run(cases: list[Case], programs: dict[str, Path], contexts: ExitStack) -> int:
    """Start everything, run the faults, and return the exit code."""
    folder = Path(contexts.enter_context(tempfile.TemporaryDirectory()))
    sink = Sink()
    server = sink_server(sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    contexts.callback(server.server_close)
    contexts.callback(server.shutdown)
    stack = Stack(contexts.enter_context(Processes(folder, Stop())), folder, programs)
    stack.build_reference()
    for address in stack.replicas:
        stack.start_replica(address)
    traffic = contexts.enter_context(Traffic(stack.replicas))
    stack.start_monitoring(f"127.0.0.1:{server.server_address[1]}")
    if not quiet(stack, sink, WARM_UP_SECONDS) or sink.state()[0]:
        print("at rest something fires:", *sorted(map(str, sink.state()[0])), sep="\n  ")
    print(f"{'fault':18}{'alert':44}{'severity':8}{'channel':18}{'raised':15}  resolved", flush=True)
    results = []
    for case in cases:
        results.append(run_case(case, stack, traffic, sink))
        show(results[-1])
    print(f"the dead man's switch heard the watchdog {sink.watchdogs} times")
    return int(any(result.faults for result in results) or sink.watchdogs == 0)


if __name__ == "__main__":
    sys.exit(main())
