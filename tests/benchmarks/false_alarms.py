"""How many false alarms a model raises in a month in which nothing changes, against its stated budget.

Run it with ``python tests/benchmarks/false_alarms.py --months 0.2`` (model-months a scenario; ``--list`` shows the
scenarios, ``--only blocks`` chooses some). With ``--parts FILE`` each part is kept as it ends: a run that was
interrupted goes on where it stopped, and a run with more months adds to it.

Each part of a simulation builds a reference, lets a day of clean traffic fill the default windows (5m, 1h, 24h) and
then asks for the verdicts at every look at the shortest window while the windows slide. The engine is the monitor's
own, and takes its looks when it thinks them due (``peers_runners/engine.py`` says what is left out; it never declares
less).

What is clean:

- ``synthetic``: reference and traffic are drawn from the same distributions.
- ``bootstrap``: the real set is the population; half as many rows as it has, and all traffic, are drawn from it
  with replacement.
- ``halves``: the reference is a random half, the traffic rows of the other half, again and again. Harsher than
  nature: where a window holds more samples than the half has rows, the halves really do differ, by sampling noise
  of the half that no sample size in the window can tell.
- ``blocks``: as bootstrap, but stretches of consecutive rows are drawn, 48 or as many as a day or a week has: a time
  series with its own rhythm, of which the reference knows as much as `reference build --time-column` learns.

An alarm is a model that declares any feature in any window after an hour in which it declared nothing. Its number
is Poisson; the interval is Garwood's, 95 %. "Looks" are those that the engine took and paid for.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from inference_exporter.config.schema import DEFAULT_WINDOWS, ModelConfig
from inference_exporter.learning.traits import TRAITS
from inference_exporter.reference.natural_variation import RECORD
from inference_exporter.reference.reference import Reference, build
from inference_exporter.reference.traits import LearningSamples
from inference_exporter.replay.tables import read_table
from inference_exporter.samples.batch import Batch
from inference_exporter.verdict.budget import pause_seconds
from numpy.typing import NDArray
from scipy.stats import chi2

sys.path.insert(0, str(Path(__file__).parent / "peers_runners"))  # no package: peers run it without ours
from engine import KEY, START, Engine, ScreenedEngine
from streams import LEFT_OUT, taken

Columns = dict[str, Any]
Rows = NDArray[np.intp]

MONTH = 30 * 86_400.0
SHORTEST = DEFAULT_WINDOWS[0].seconds
LOOK = pause_seconds(SHORTEST)  # verdicts stay as they are from one look to the next
LONGEST = DEFAULT_WINDOWS[-1].seconds
FILLING_STEPS = 90  # a day of traffic before the first look, in steps of 16 minutes
SILENCE = 3600.0  # so long nothing must have been declared for the next verdict to be another alarm
REFERENCE_ROWS = 10_000
POOL_ROWS = 200_000
POOL_CELLS = 20_000_000  # values that are laid over the grid at most, to bound memory
MANY = 500  # from so many samples a step on they are put together of pieces that were counted before
PIECES, PIECE = 1_000, 250
BLOCK = 48
# Rows of a day and of a week, where they differ from BLOCK.
PERIODS = {
    "electricity": (7 * 48,),
    "bike_sharing": (24, 7 * 24),
    "bank_marketing": (70, 350),
    "hotel_bookings": (150, 1_050),
}


@dataclass(frozen=True)
class Scenario:
    """Clean traffic of one kind; `samples` arrive in the shortest window."""

    kind: str
    data: str
    features: int
    samples: int
    block: int = BLOCK
    """Rows of each stretch in `blocks`."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.kind} {self.data}".strip() + (f" by {self.block}" if self.block != BLOCK else "")


SETS = tuple(LEFT_OUT)
SCENARIOS = (
    *(Scenario("synthetic", "", features, n) for features in (10, 100) for n in (50, 1_000, 100_000)),
    *(Scenario("synthetic", "", 1_000, n) for n in (50, 1_000)),
    *(Scenario("bootstrap", data, 0, n) for data in SETS for n in (50, 1_000, 100_000)),
    *(Scenario("halves", data, 0, n) for data in SETS for n in (50, 1_000)),
    *(
        Scenario("blocks", data, 0, n, rows)
        for data in SETS
        for rows in (BLOCK, *PERIODS[data])
        for n in (50, 200, 1_000)
    ),
)


def synthetic(random: np.random.Generator, features: int, rows: int) -> Columns:
    """Return features of many shapes, in turn."""
    shapes: tuple[Callable[[], Any], ...] = (
        lambda: random.normal(0, 1, rows),
        lambda: random.lognormal(0, 1.5, rows),
        lambda: random.random(rows),
        lambda: random.standard_t(2, rows),
        lambda: random.poisson(0.3, rows).astype(float),
        lambda: random.integers(0, 7, rows).astype(float),
        lambda: np.where(random.random(rows) < 0.9, 0.0, random.exponential(1, rows)),
        lambda: np.where(random.random(rows) < 0.2, np.nan, random.normal(0, 1, rows)),
        lambda: random.choice(["a", "b", "c"], rows, p=[0.7, 0.2, 0.1]).tolist(),
        lambda: [f"z{value}" for value in np.minimum(random.zipf(1.6, rows), 40).tolist()],
    )
    return {f"f{index}": shapes[index % len(shapes)]() for index in range(features)}


@lru_cache(maxsize=len(SETS))
def real(data: Path, name: str) -> Columns:
    """Return the features of a public data set, in order of time."""
    table = read_table(data / f"{name}.csv.gz")
    return {column: values for column, values in table.items() if column not in LEFT_OUT[name]}


def n_rows(columns: Columns) -> int:
    """Return the number of rows."""
    return len(next(iter(columns.values())))


def blocks(random: np.random.Generator, population: int, rows: int, block: int) -> Rows:
    """Return rows in stretches of consecutive ones, each from a random place; past the end the set begins anew."""
    starts = random.integers(0, population, math.ceil(rows / block))
    return np.asarray((starts[:, np.newaxis] + np.arange(block)).ravel()[:rows] % population)


@dataclass(frozen=True)
class Clean:
    """A reference, the rows that traffic is drawn from, and the stretches that they come in."""

    reference: Reference
    pool: Columns
    block: int = 0
    """Rows of each stretch of traffic; 0 if rows come alone."""


def clean(scenario: Scenario, data: Path, random: np.random.Generator) -> Clean:
    """Return one draw of a scenario."""
    if scenario.kind == "synthetic":
        rows = min(POOL_ROWS, POOL_CELLS // scenario.features)
        before = synthetic(random, scenario.features, REFERENCE_ROWS)
        return Clean(reference_of(before), synthetic(random, scenario.features, rows))
    population = real(data, scenario.data)
    rows = n_rows(population)
    if scenario.kind == "halves":
        order = random.permutation(rows)
        return Clean(reference_of(taken(population, order[: rows // 2])), taken(population, order[rows // 2 :]))
    if scenario.kind == "bootstrap":
        return Clean(reference_of(taken(population, random.integers(0, rows, rows // 2))), population)
    times = START + np.arange(rows // 2) * (SHORTEST / scenario.samples)
    return Clean(
        reference_of(taken(population, blocks(random, rows, rows // 2, scenario.block)), times),
        population,
        scenario.block,
    )


def reference_of(columns: Columns, times: NDArray[np.float64] | None = None) -> Reference:
    """Return a reference; of rows in their order of time with the natural variation that the verdict asks for."""
    rows = n_rows(columns)
    reference = build(columns, rows, created=START)
    if times is None:
        return reference
    samples = LearningSamples(Batch(rows, KEY, times, features=columns), times, {}, None, ())
    band = TRAITS[RECORD.key].learned(samples, reference)
    return replace(reference, traits={} if band is None else {RECORD.key: band})


class Traffic:
    """Clean samples as counts over a monitor's grid."""

    def __init__(self, engine: Engine, clean: Clean, random: np.random.Generator) -> None:
        self._grid = engine.grid
        self._random = random
        self._block_rows = clean.block
        self._rows = n_rows(clean.pool)
        self._located = engine.locate(clean.pool, self._rows)
        self._block: Rows = np.empty(0, dtype=np.intp)
        self._pieces: list[tuple[NDArray[np.int32], NDArray[np.float64]]] = []

    def draw(self, samples: int) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
        """Return cell counts and moments of the next samples."""
        if samples < MANY or self._block_rows:
            return self._counted(self._chosen(samples))
        if not self._pieces:
            # Bounded as the pool is: of a thousand features fewer pieces are kept.
            kept = min(PIECES, 2 * POOL_CELLS // self._grid.n_cells)
            self._pieces = [self._small(self._random.integers(0, self._rows, PIECE)) for _ in range(kept)]
        chosen = self._random.integers(0, len(self._pieces), round(samples / PIECE))
        times, used = np.bincount(chosen, minlength=len(self._pieces)), np.unique(chosen)
        counts = np.zeros(self._grid.n_cells, dtype=np.int64)
        sums = np.zeros(self._grid.n_sums)
        for place in used.tolist():
            counts += times[place] * self._pieces[place][0]
            sums += times[place] * self._pieces[place][1]
        return counts, sums

    def _small(self, rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        counts, sums = self._counted(rows)
        return counts.astype(np.int32), sums

    def _counted(self, rows: Rows) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
        return self._located.counts(rows, self._grid.n_cells), self._located.sums(rows)

    def _chosen(self, samples: int) -> Rows:
        if not self._block_rows:
            return self._random.integers(0, self._rows, samples)
        while len(self._block) < samples:
            self._block = np.concatenate(
                [self._block, blocks(self._random, self._rows, max(samples, self._block_rows), self._block_rows)]
            )
        rows, self._block = self._block[:samples], self._block[samples:]
        return rows


@dataclass
class Tally:
    """What happened in a part of a simulation."""

    scenario: Scenario
    months: float = 0.0
    looks: int = 0
    alarms: int = 0
    flagged_looks: int = 0
    turns: int = 0
    """How often the verdict on a feature in a window turned to drifted."""
    by_window: dict[str, int] | None = None
    seconds: float = 0.0
    found: tuple[dict[str, Any], ...] = ()
    """What each alarm declared: when, in which window, which column, by which test."""

    def __add__(self, other: "Tally") -> "Tally":
        both = {key: getattr(self, key) + getattr(other, key) for key in ("months", "looks", "alarms", "seconds")}
        both |= {key: getattr(self, key) + getattr(other, key) for key in ("flagged_looks", "turns")}
        mine, theirs = self.by_window or {}, other.by_window or {}
        by_window = {name: mine.get(name, 0) + theirs.get(name, 0) for name in {**mine, **theirs}}
        return Tally(self.scenario, by_window=by_window, found=self.found + other.found, **both)


def simulate(scenario: Scenario, data: Path, seconds: float, seed: Sequence[int]) -> Tally:
    """Return what one draw of a scenario raised in some seconds of event time."""
    started = time.process_time()
    random = np.random.default_rng(seed)
    drawn = clean(scenario, data, random)
    engine = ScreenedEngine(drawn.reference, DEFAULT_WINDOWS)
    traffic = Traffic(engine, drawn, random)
    tally = Tally(scenario, months=seconds / MONTH, by_window={})
    last = -math.inf
    for now in moments(engine, traffic, scenario.samples, seconds):
        was, declared = engine.declared, engine.at(now)
        tally.turns += int((declared & ~was).sum())
        if not declared.any():
            continue
        tally.flagged_looks += 1
        if now - last > SILENCE:
            tally.alarms += 1
            for window, of_window in zip(DEFAULT_WINDOWS, declared, strict=True):
                tally.by_window[window.name] = tally.by_window.get(window.name, 0) + int(of_window.any())
            tally.found += tuple(what_was_found(engine, now))
        last = now
    tally.looks = engine.looks
    tally.seconds = time.process_time() - started
    return tally


def what_was_found(engine: Engine, now: float) -> Iterator[dict[str, Any]]:
    """Yield what is declared: enough to find out why."""
    for window, of_window in zip(DEFAULT_WINDOWS, engine.declared, strict=True):
        for place in np.flatnonzero(of_window).tolist():
            view = engine.views[window.name]
            test = view.decisive[place]
            yield {
                "seconds": now - START,
                "window": window.name,
                "column": engine.names[place],
                "test": test,
                "samples": view.samples,
                "design": float(view.design.get(test, view.design_effects)[place]),
                "band": float(view.bands[test][place]) if test in view.bands else 0.0,
                "pvalue": float(view.pvalues[place]),
            }


def moments(engine: Engine, traffic: Traffic, samples: int, seconds: float) -> Iterator[float]:
    """Feed the windows and yield each moment of a look; the windows are full at the first."""
    rate = samples / SHORTEST
    step = LONGEST / FILLING_STEPS
    for place in range(FILLING_STEPS):
        engine.feed(*traffic.draw(round(rate * step)), START - LONGEST + place * step)
    for look in range(int(seconds / LOOK)):
        arrived = int(rate * LOOK * (look + 1)) - int(rate * LOOK * look)
        now = START + look * LOOK
        if arrived:
            engine.feed(*traffic.draw(arrived), now)
        yield now


def garwood(events: int, exposure: float) -> tuple[float, float]:
    """Return the exact 95 % interval of a Poisson rate (Garwood 1936, Biometrika 28:437-442)."""
    lower = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return float(lower / exposure), float(chi2.ppf(0.975, 2 * events + 2) / 2 / exposure)


def judged(lower: float, upper: float, budget: float) -> str:
    """Say what the interval tells about the budget."""
    if upper <= budget:
        return "kept"
    return "EXCEEDED" if lower > budget else "not refuted"


def row(name: str, features: str, samples: str, tally: Tally, budget: float) -> str:
    """Return a line of the table."""
    lower, upper = garwood(tally.alarms, tally.months)
    windows = ", ".join(f"{window} {count}" for window, count in (tally.by_window or {}).items() if count)
    return (
        f"| {name} | {features} | {samples} | {tally.months:.2f} | {tally.looks:,} | {tally.alarms} | "
        f"{tally.alarms / tally.months:.2f} ({lower:.2f} to {upper:.2f}) | {judged(lower, upper, budget)} | "
        f"{windows or '-'} | {tally.turns} | {1000 * tally.seconds / max(tally.looks, 1):.1f} |"
    )


def budget_of(config: ModelConfig) -> float:
    """Return the stated number of false alarms a month."""
    return float(getattr(config.drift, "false_alarms_per_month", 1.0))


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate and print; 1 where an interval lies above the budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--months", type=float, default=0.1, help="model-months a scenario")
    parser.add_argument("--part-days", type=float, default=1.0, help="so long each reference is used")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="scenarios whose name holds it")
    parser.add_argument("--features", type=int, action="append", help="only synthetic scenarios of so many features")
    parser.add_argument("--samples", type=int, action="append", help="only so many samples in the shortest window")
    parser.add_argument("--parts", type=Path, metavar="FILE", help="keep what each part found here, and go on from it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--json", type=Path, help="write the tallies here")
    parser.add_argument("--list", action="store_true", help="show the scenarios and end")
    options = parser.parse_args(arguments)
    chosen = [each for each in SCENARIOS if _wanted(each, options)]
    if options.list:
        print("\n".join(f"{each.name}, {each.features or 'all'} features, {each.samples:,} in 5m" for each in chosen))
        return 0
    return _report(chosen, _simulated(chosen, options), options)


def _wanted(scenario: Scenario, options: argparse.Namespace) -> bool:
    if scenario.data and not (options.data / f"{scenario.data}.csv.gz").exists():
        return False
    return (
        (not options.only or any(text in scenario.name for text in options.only))
        and (not options.features or scenario.features in options.features)
        and (not options.samples or scenario.samples in options.samples)
    )


def _simulated(chosen: Sequence[Scenario], options: argparse.Namespace) -> dict[Scenario, Tally]:
    part = min(options.part_days * 86_400.0, options.months * MONTH)
    parts = max(round(options.months * MONTH / part), 1)
    before = _kept(options.parts)
    tallies: dict[Scenario, Tally] = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        running: list[tuple[str, Future[Tally] | Tally]] = []
        for place in range(parts):
            for scenario in chosen:
                key = f"{scenario.name}, {scenario.features}, {scenario.samples}, {options.seed}, {place}, {part:g}"
                seed = (options.seed, crc32(scenario.name.encode()), scenario.features, scenario.samples, place)
                known = before.get(key)
                running.append((key, known or pool.submit(simulate, scenario, options.data, part, seed)))
        for key, done in running:
            tally = done if isinstance(done, Tally) else _keep(options.parts, key, done.result())
            tallies[tally.scenario] = tallies[tally.scenario] + tally if tally.scenario in tallies else tally
    return tallies


def _kept(path: Path | None) -> dict[str, Tally]:
    """Return the parts that earlier runs left in a file of lines of JSON."""
    if path is None or not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line.pop("key"): Tally(Scenario(**line.pop("scenario")), **line) for line in lines}


def _keep(path: Path | None, key: str, tally: Tally) -> Tally:
    print(f"{key}: {tally.alarms} alarms", *tally.found, sep="\n  ", file=sys.stderr, flush=True)
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, **asdict(tally)}) + "\n")
    return tally


def _report(chosen: Sequence[Scenario], tallies: dict[Scenario, Tally], options: argparse.Namespace) -> int:
    budget = budget_of(ModelConfig("m", "1"))
    print(
        f"budget: {budget:g} false alarms a model and month; a look every {LOOK:g} s at {len(DEFAULT_WINDOWS)} windows"
    )
    print("| traffic | features | samples in 5m | model-months | looks | alarms | a month (95 %) | budget | ", end="")
    print("first seen in | verdicts that turned | CPU ms a look |")
    print("|" + " --- |" * 11)
    for scenario in chosen:
        print(row(scenario.name, str(scenario.features or "all"), f"{scenario.samples:,}", tallies[scenario], budget))
    exceeded = False
    for kind in dict.fromkeys(scenario.kind for scenario in chosen):
        total = None
        for scenario in chosen:
            if scenario.kind == kind:
                total = tallies[scenario] if total is None else total + tallies[scenario]
        assert total is not None
        print(row(f"**all {kind}**", "", "", total, budget))
        exceeded = exceeded or garwood(total.alarms, total.months)[0] > budget
    if options.json:
        content = [asdict(tally) for tally in tallies.values()]
        options.json.write_text(json.dumps({"budget": budget, "tallies": content}), encoding="utf-8")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
