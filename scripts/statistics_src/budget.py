"""The false-alarm budget: its arithmetic, and how loose the bound is for overlapping windows."""

import numpy as np
from inference_exporter.config.durations import parse_duration
from inference_exporter.config.schema import DEFAULT_WINDOWS, DriftConfig
from inference_exporter.verdict.budget import (
    GROWTH,
    MONTH_SECONDS,
    PARTS,
    RESERVE,
    looks_per_month,
    pause_seconds,
    significance_per_look,
)
from inference_exporter.verdict.decision import weight_of
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from .effort import Effort
from .page import Measured, digits, power_of_ten, table, whole

SEED = 20_02
FEATURES = 20
CONFIGURATIONS = (
    ("5m", "1h", "24h"),
    ("1m", "5m", "1h", "24h"),
    ("1h", "24h"),
    ("1h", "24h", "7d"),
    ("5m",),
    ("1h",),
    ("24h",),
)
BUDGETS = (0.1, 1.0, 4.0, 30.0)
SIGNIFICANCES = (1e-2, 1e-3, 1e-4)
WATCHED = (("5m or 1h, our 5 looks in its length", 5), ("24h, our 48 looks", 48), ("1h, looked at every 15 s", 240))


def seconds_of(names: tuple[str, ...]) -> list[float]:
    """Return the lengths of windows given as Prometheus durations."""
    return [parse_duration(name) for name in names]


def measure(effort: Effort) -> Measured:
    """Return the tables of the budget."""
    return Measured({"looks": looks(), "spending": spending(), "budgets": budgets(), "overlap": overlap(effort)})


def looks() -> str:
    """Return the number of looks at each default window."""
    rows = []
    for window in DEFAULT_WINDOWS:
        pause = pause_seconds(window.seconds)
        rows.append((window.name, whole(pause), f"{window.seconds / pause:g}", whole(MONTH_SECONDS / pause)))
    rows.append(("all", "", "", whole(looks_per_month([window.seconds for window in DEFAULT_WINDOWS]))))
    return table(("Window", "Seconds between looks", "Looks in its length", "Looks in 30 days"), rows)


def spending() -> str:
    """Return the arithmetic of the defaults, step by step."""
    budget, windows = DriftConfig().false_alarms_per_month, [window.seconds for window in DEFAULT_WINDOWS]
    number, significance = looks_per_month(windows), significance_per_look(budget, windows)
    columns, weight = PARTS["columns"], weight_of("location")
    rows = [
        ("budget", f"{budget:g} false alarm in 30 days", digits(budget)),
        ("less the reserve for extra looks", f"× {1 - RESERVE:g}", digits(budget * (1 - RESERVE), 3)),
        ("the part of features one by one", f"× {columns:g}", digits(budget * (1 - RESERVE) * columns, 3)),
        ("one look", f"/ {whole(number)}", power_of_ten(significance)),
        ("one test, `location`", f"× {weight:g}", power_of_ten(significance * weight)),
        (f"one of {FEATURES} features", f"/ {FEATURES}", power_of_ten(significance * weight / FEATURES)),
        ("in standard deviations", "two-sided", digits(float(-ndtri(significance * weight / FEATURES / 2)), 3)),
    ]
    extra = budget * RESERVE * columns / significance
    rows.append((f"extra looks in reserve, at {GROWTH:g} times the samples each", "", whole(extra)))
    return table(("Step", "", "Leaves"), rows, left=2)


def budgets() -> str:
    """Return the significance of a look by windows and budget."""
    rows = []
    for names in CONFIGURATIONS:
        lengths = seconds_of(names)
        spent = [power_of_ten(significance_per_look(budget, lengths)) for budget in BUDGETS]
        # How much larger a change must be for the same power as with the default, in the test with the largest weight.
        rows.append((", ".join(names), whole(looks_per_month(lengths)), *spent, digits(_bar(lengths), 3)))
    header = ("Windows", "Looks in 30 days", *(f"Budget {budget:g}" for budget in BUDGETS), "z of one feature in 20")
    return table(header, rows)


def _bar(lengths: list[float]) -> float:
    """Return the shift of location, in standard deviations, that one feature needs for a verdict at a budget of 1."""
    return float(-ndtri(significance_per_look(1.0, lengths) * weight_of("location") / FEATURES / 2))


def overlap(effort: Effort) -> str:
    """Return the alarms of a sliding window, relative to the bound."""
    rows = []
    one = significance_per_look(1.0, [window.seconds for window in DEFAULT_WINDOWS]) * weight_of("location") / FEATURES
    for name, steps in WATCHED:
        shares = [*(simulated(significance, steps, effort) for significance in SIGNIFICANCES), computed(one, steps)]
        rows.append((name, f"{1 - 1 / steps:.3f}", *(f"{share:.2f}" for share in shares)))
    header = (
        "Window",
        "Correlation of neighbouring looks",
        *(f"At {significance:g}" for significance in SIGNIFICANCES),
    )
    return table((*header, f"At {power_of_ten(one)}, computed"), rows)


def simulated(significance: float, steps: int, effort: Effort) -> float:
    """Return simulated alarms relative to significance times looks, for a mean over the last `steps` parts."""
    random = np.random.default_rng([SEED, steps, round(1 / significance)])
    line = -ndtri(significance / 2)
    alarms = looks = 0
    for _ in range(max(effort.of(40), 1)):
        running = np.concatenate([[0.0], np.cumsum(random.normal(size=500_000))])
        beyond = np.abs(running[steps:] - running[:-steps]) > line * np.sqrt(steps)
        alarms += int(np.count_nonzero(beyond[1:] & ~beyond[:-1]))
        looks += len(beyond) - 1
    return alarms / (significance * looks)


def computed(significance: float, steps: int) -> float:
    """Return the same from the bivariate normal distribution of neighbouring looks."""
    line, correlation = float(ndtri(significance / 2)), 1 - 1 / steps
    both = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([line, line])
    return float(1 - 2 * both / significance) if ndtr(line) > 0 else 1.0
