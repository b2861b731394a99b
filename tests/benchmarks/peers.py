"""The same streams through this project and its peers, each at its defaults: false alarms and delays in one table.

Run it with ``python tests/benchmarks/peers.py`` (``--quick`` for about a minute). The first run installs each
peer by pip into an environment of its own below ``--cache`` (default ``.peers/`` here, not under version control).

Every tool gets the same reference and the same samples. Peers judge consecutive windows of N samples, as their
documentation shows. Ours judges as it does in production: windows of 5m, 1h and 24h, looked at every 15 seconds,
at the arrival rate at which 5m hold N samples; and, beside it, chunk by chunk as the peers.

False alarms are counted per N clean samples (before the onset, or in streams without one): a look that flags
anything makes the stretch false. Ours makes twenty looks per stretch and is charged for each. The delay runs from
the first drifted sample to the last sample of the first window that flags a feature that drifted; a window that
mixes both sides counts. Never is infinite. It is given twice: whatever the tool flagged before, and as the first
alarm, which is worthless (infinite) where the tool had raised one before anything had changed.
"""

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import time
import venv
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
RUNNERS = HERE / "peers_runners"
ROOT = HERE.parents[1]
sys.path.insert(0, str(RUNNERS))

import common  # noqa: E402 - the folder of runners is no package: each also runs in an environment without ours
import streams  # noqa: E402
from scores import Score, score  # noqa: E402


@dataclass(frozen=True)
class Peer:
    """A tool to compare with: the runner in ``peers_runners/`` and what pip installs for it."""

    name: str
    runner: str
    packages: tuple[str, ...]


# Newest versions at the time of writing; the pins beside them are what they need on Python 3.11 to be imported at all.
PEERS = (
    Peer("Evidently", "run_evidently.py", ("evidently==0.7.23", "pandas<3")),
    Peer("NannyML", "run_nannyml.py", ("nannyml==0.13.1", "statsmodels", "pandas<3", "numpy<2")),
    Peer("alibi-detect", "run_alibi_detect.py", ("alibi-detect==0.13.0",)),
    Peer("whylogs", "run_whylogs.py", ("whylogs[viz]==1.6.4", "pandas<3", "numpy<2")),
)
SIZES = (100, 200, 500, 1000)
QUICK_SIZES = (200, 1000)
# One core a process: times stay comparable.
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
SILENT = {
    "DO_NOT_TRACK": "1",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "WHYLOGS_NO_ANALYTICS": "True",
    "PYTHONWARNINGS": "ignore",
}


def installed(peer: Peer, cache: Path) -> Path:
    """Return the interpreter of a peer's environment, made if it is not there.

    Raises
    ------
    RuntimeError
        If pip cannot install it; the message is pip's last line.
    """
    folder = cache / peer.name
    python, stamp = folder / "bin" / "python", folder / "packages.txt"
    wanted = "\n".join(peer.packages)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing {' '.join(peer.packages)} into {folder}", file=sys.stderr, flush=True)
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.packages]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    stamp.write_text(wanted, encoding="utf-8")
    return python


def decided(python: Path, runner: str, manifest: Path, out: Path) -> dict[str, Any]:
    """Run a runner and return its decisions.

    Raises
    ------
    RuntimeError
        If it fails; the message is the last line that it wrote.
    """
    command = [str(python), str(RUNNERS / runner), str(manifest), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_CORE, **SILENT})
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it failed"])[-1])
    content: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return content


def remembered(peer: Peer, manifest: Path, out: Path) -> dict[str, Any] | None:
    """Return what a peer decided on these very streams before, None where it has not."""
    stamp = out.with_suffix(".of")
    if out.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == _identity(peer, manifest):
        content: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return content
    return None


def _identity(peer: Peer, manifest: Path) -> str:
    parts = (manifest.read_bytes(), "\n".join(peer.packages).encode(), (RUNNERS / peer.runner).read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def scores_of(decisions: dict[str, Any], manifest: dict[str, Any]) -> list[Score]:
    """Return the scores of each variant of a tool at each size."""
    return [
        score(
            variant, size, manifest["streams"], flagged,
            decisions["seconds"][str(size)] / max(decisions["looks"][str(size)], 1),
        )
        for variant, flagged in decisions["flagged"].items()
        for size in manifest["sizes"]
    ]  # fmt: skip


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def samples(value: float) -> str:
    """Return a delay for people."""
    return "never" if math.isinf(value) else f"{value:,.0f}"


def main_table(scores: Sequence[Score]) -> str:
    """Return one row a tool and size."""
    header = (
        "tool", "N", "false alarms per N clean samples", "per feature", "streams with a false alarm before the onset",
        "drifts flagged", "median delay (whatever was flagged before)", "median delay of the first alarm",
        "CPU ms a look",
    )  # fmt: skip
    rows = [
        (
            each.tool, str(each.size), f"{each.false_alarm_rate:.1%} ({each.false_windows} of {each.windows})",
            f"{each.false_feature_rate:.2%}", f"{each.cried_wolf:.0%}", f"{each.detected:.0%}",
            samples(each.median_raw), samples(each.median_heard), f"{1000 * each.seconds:.1f}",
        )
        for each in sorted(scores, key=lambda each: (each.size, each.tool != "ours", each.tool))
    ]  # fmt: skip
    return table(header, rows)


def kind_table(scores: Sequence[Score], size: int) -> str:
    """Return the delays of each kind of drift at one size: whatever was flagged before, and of the first alarm."""
    chosen = [each for each in scores if each.size == size]
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    for each in chosen:
        by_kind = defaultdict(list)
        for delay in each.delays:
            by_kind[delay.kind].append(delay)
        for kind, delays in by_kind.items():
            raw, heard = median(delay.raw for delay in delays), median(delay.heard for delay in delays)
            cells[kind][each.tool] = samples(raw) if raw == heard else f"{samples(raw)} (first: {samples(heard)})"
    tools = sorted({each.tool for each in chosen}, key=lambda tool: (tool != "ours", tool))
    return table((f"N = {size}", *tools), [(kind, *(of[tool] for tool in tools)) for kind, of in cells.items()])


OURS = ("ours", "ours, chunk by chunk")
DELAYS = {"whatever was flagged before": "median_raw", "of the first alarm": "median_heard"}


def verdicts(scores: Sequence[Score]) -> list[str]:
    """Say at each size, for both ways to look and both delays, whether ours is best, or who is better in what."""
    lines = []
    for size in sorted({each.size for each in scores}):
        peers = [each for each in scores if each.size == size and each.tool not in OURS]
        for ours in (each for each in scores if each.size == size and each.tool in OURS):
            lines += [f"N = {size}, {ours.tool}, {_compared(ours, peers, name, of)}" for name, of in DELAYS.items()]
    return lines


def _compared(ours: Score, peers: Sequence[Score], name: str, delay: str) -> str:
    better = {
        "fewer false alarms": [each.tool for each in peers if each.false_alarm_rate < ours.false_alarm_rate],
        "shorter median delay": [each.tool for each in peers if getattr(each, delay) < getattr(ours, delay)],
    }
    because = "; ".join(f"{what}: {', '.join(tools)}" for what, tools in better.items() if tools)
    verdict = f"NO ({because})" if because else "YES"
    return f"delay {name}: fewest false alarms and shortest median delay at once: {verdict}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=ROOT / ".peers", help="where environments and streams are kept")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the public data sets")
    parser.add_argument("--quick", action="store_true", help="fewer streams and sizes: about a minute")
    parser.add_argument("--seeds", type=int, default=1, help="how often the synthetic streams are drawn anew")
    parser.add_argument("--json", type=Path, help="write everything here")
    parser.add_argument("--reuse", action="store_true", help="peers that judged these very streams are not run again")
    parser.add_argument("--only", action="append", metavar="TOOL", help="repeatable; ours always runs")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    data = options.data if (options.data / "README.md").exists() else None
    manifest = manifest_of(options.cache, data, options.quick, options.seeds)
    path = options.cache / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    results, missing = run_all(path, options.cache, options)
    scores = [each for decisions in results.values() for each in scores_of(decisions, manifest)]
    report(manifest, results, missing, scores, data)
    print(f"\n{time.perf_counter() - started:.0f} seconds in all")
    if options.json:
        content = {"manifest": manifest, "results": results, "missing": missing}
        options.json.write_text(json.dumps(content), encoding="utf-8")
    return 0


def manifest_of(cache: Path, data: Path | None, quick: bool, seeds: int) -> dict[str, Any]:
    """Write the streams and return what the runners are told."""
    made = streams.make(cache / "streams", data, quick, seeds)
    for stream in made:
        columns = common.load(stream["stream"])
        stream |= {"rows": common.n_rows(columns), "features": len(columns)}
    return {"sizes": list(QUICK_SIZES if quick else SIZES), "streams": made}


def run_all(manifest: Path, cache: Path, options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """Run ours and the peers, two at a time; returns decisions by tool, and why a tool is missing."""

    def run(peer: Peer | None) -> dict[str, Any]:
        if peer is None:
            return decided(Path(sys.executable), "run_ours.py", manifest, cache / "ours.json")
        out = cache / f"{peer.name}.json"
        known = remembered(peer, manifest, out) if options.reuse else None
        if known is not None:
            return known
        decisions = decided(installed(peer, cache), peer.runner, manifest, out)
        out.with_suffix(".of").write_text(_identity(peer, manifest), encoding="utf-8")
        return decisions

    chosen: list[Peer | None] = [None, *(peer for peer in PEERS if not options.only or peer.name in options.only)]
    results, missing = {}, {}
    with ThreadPoolExecutor(2) as pool:
        for peer, future in [(peer, pool.submit(run, peer)) for peer in chosen]:
            name = "ours" if peer is None else peer.name
            try:
                results[name] = future.result()
            except RuntimeError as error:
                if peer is None:
                    raise
                missing[name] = str(error)
    return results, missing


def report(
    manifest: dict[str, Any], results: dict[str, Any], missing: dict[str, str], scores: list[Score], data: Path | None
) -> None:
    """Print the tables."""
    drifted = sum(stream["onset"] is not None for stream in manifest["streams"])
    print(f"{len(manifest['streams'])} streams, {drifted} of them drift; real data: {data or 'none found'}\n")
    for name, decisions in results.items():
        notes = "".join(f"; {note}" for note in decisions["notes"])
        print(f"- {name} {decisions['version']}, {decisions['total_seconds']:.0f} s{notes}")
    for name, reason in missing.items():
        print(f"- {name}: NOT MEASURED: {reason}")
    print(f"\n{main_table(scores)}\n")
    for size in manifest["sizes"]:
        print(f"{kind_table(scores, size)}\n")
    print("\n".join(verdicts(scores)))


if __name__ == "__main__":
    sys.exit(main())
