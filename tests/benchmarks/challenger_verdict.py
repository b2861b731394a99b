"""How often the verdict on a challenger is wrong, and how many outcomes it takes: the table of docs/statistics.md.

Run: ``.venv/bin/python tests/benchmarks/challenger_verdict.py``; some 30 s of CPU time.
"""

import math

import numpy as np
from inference_exporter.measures.betting import gains

ERROR = 0.01
EVERY = 100
"""Outcomes between two looks."""
ACCURACY_GAP = 0.02


def first_decided(up, down):
    """Return after how many outcomes each run is decided for `up`, infinite if never."""
    capital = np.cumsum(up[..., None] * gains(np.ones(1)) + down[..., None] * gains(-np.ones(1)), axis=1)
    greatest = capital.max(axis=-1)
    won = greatest + np.log(np.exp(capital - greatest[..., None]).mean(axis=-1)) >= -math.log(ERROR / 2)
    return np.where(won.any(axis=1), (won.argmax(axis=1) + 1.0) * EVERY, np.inf)


def compared(random, gap, discordant, runs, size):
    """Return when each comparison is decided for the second model, and for the first."""
    shares = [(discordant + gap) / 2, (discordant - gap) / 2, 1 - discordant]
    up, down, _ = np.moveaxis(random.multinomial(EVERY, shares, size=(runs, size // EVERY)), -1, 0)
    return first_decided(up, down), first_decided(down, up)


def main():
    """Print the shares of wrong verdicts, and the quantiles of outcomes."""
    random = np.random.default_rng(1)
    for discordant in (0.02, 0.05, 0.1, 0.2, 0.3):
        decided = np.minimum(*compared(random, 0.0, discordant, 2000, 50_000)) < np.inf
        print(f"equal models, {discordant:.0%} discordant: a verdict in {decided.mean():.2%}")
    for discordant in (0.04, 0.06, 0.1, 0.2, 0.3):
        right, wrong = compared(random, ACCURACY_GAP, discordant, 400, 60_000)
        half, most, nearly_all = np.quantile(right, [0.5, 0.9, 0.99]).round(-2)
        print(f"two points apart, {discordant:.0%} discordant: wrong in {np.mean(wrong < right):.2%}, "
              f"decided after {half:.0f}, {most:.0f}, {nearly_all:.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
