"""One challenger against one champion: whether they agree, which is right more often, and the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Counts, Floats
from ..config.challenger import ChallengerConfig
from ..config.schema import Window
from ..measures.betting import STAKES, gains, is_decided
from ..measures.paired import mcnemar_pvalue, mean_with_limits
from ..samples.batch import Batch, ModelKey
from ..samples.ids import present
from ..windows.ring import RollingWindow
from .pairs import PairRing, Pairs
from .performance_totals import Accumulator, ClassificationAccumulator

PAIRS, AGREEING, JUDGED, N_COUNTS = range(4)
CLOSE = 0.01
"""Numbers agree if they differ by at most this share of the spread of the champion's predictions."""
PROMOTE, KEEP, NOT_YET = 1, -1, 0


@dataclass(frozen=True)
class PairWindow:
    """Pairs of a window. `gain` is the mean improvement of those with an outcome, NaN without."""

    pairs: int
    agreement: float
    judged: int
    gain: float
    score_difference: Mapping[str, float]
    """Mean score of the challenger minus that of the champion, by class."""


@dataclass(frozen=True)
class ComparisonView:
    """Pairs since the start; `wins` and `losses` are those that only the challenger, or the champion, has right."""

    champion: ModelKey
    pairs: int
    agreeing: int
    confusion: Mapping[tuple[str, str], int]
    """Pairs by the predictions of champion and challenger; empty for numbers."""
    judged: int
    wins: int
    losses: int
    gain: tuple[float, float, float]
    """Mean improvement with its 95 % interval: of accuracy, or of the absolute error."""
    pvalue: float
    """McNemar's test; NaN for numbers."""
    verdict: int
    decided_after: int
    """Pairs with an outcome that the verdict took; 0 before."""
    error: float
    windows: Mapping[str, PairWindow]


class Comparison:
    """Not thread-safe."""

    def __init__(
        self, champion: ModelKey, config: ChallengerConfig, windows: Sequence[Window], accumulator: Accumulator,
        spread: float,
    ) -> None:  # fmt: skip
        self.champion = champion
        self._accumulator = accumulator
        # A constant prediction has no spread; 1 then keeps errors in their unit.
        self._spread = spread if np.isfinite(spread) and spread > 0 else 1.0
        self._ring = PairRing(config.remember, accumulator.n_scores)
        # The gain, then for each class the sum of score differences and their number.
        n_sums = 1 + 2 * accumulator.n_scores
        self._windows = {each.name: RollingWindow(N_COUNTS, n_sums, each.seconds) for each in windows}
        self._confusion: dict[tuple[int, int], int] = {}
        self._totals: Counts = np.zeros(N_COUNTS, dtype=np.int64)
        self._gain = 0.0
        self._squared_gain = 0.0
        self._wins = self._losses = 0
        self.last_pair = -np.inf
        self._rules = (config.error, config.minimum_gain)
        self._restart()

    def _restart(self) -> None:
        # Log-capital for each stake, see measures/betting.py: one bet that
        # the challenger is better, one that it is not.
        self._better: Floats = np.zeros(len(STAKES))
        self._no_gain: Floats = np.zeros(len(STAKES))
        self._verdict, self._decided_after, self._seen = NOT_YET, 0, 0

    def follow(self, config: ChallengerConfig) -> None:
        """Apply the configuration; under other rules the verdict starts anew."""
        if self._rules != (config.error, config.minimum_gain):
            self._rules = (config.error, config.minimum_gain)
            self._restart()

    def add(self, side: int, batch: Batch, now: float) -> None:
        """Add the predictions of one model: 0 is the champion, 1 the challenger."""
        assert batch.ids is not None
        names, rows = present(batch.ids)
        unknown = np.full(batch.size, np.nan)
        prediction = self._accumulator.encode_predictions(unknown if batch.prediction is None else batch.prediction)
        scores = self._accumulator.encode_scores(batch.scores, batch.size)
        pairs = self._ring.add(side, names, prediction[rows], scores[rows])
        if len(pairs.outcome):
            self.last_pair = now
            self._book(pairs, now, new=True)

    def join(self, ids: Sequence[str], values: Sequence[object], now: float) -> None:
        """Add outcomes."""
        pairs = self._ring.join(ids, self._accumulator.encode_outcomes(values))
        if len(pairs.outcome):
            self._book(pairs, now, new=False)

    def _book(self, pairs: Pairs, now: float, *, new: bool) -> None:
        counts: Counts = np.zeros(N_COUNTS, dtype=np.int64)
        sums = np.zeros(1 + 2 * self._accumulator.n_scores)
        if new:
            self._agree(pairs, counts, sums)
        self._judge(pairs, counts, sums)
        self._totals += counts
        for window in self._windows.values():
            window.advance(now)
            # Pairs count when they are complete, not when they were predicted: the two halves may be far apart.
            window.add(int(window.slot_of(np.array([now]))[0]), counts, sums)

    def _agree(self, pairs: Pairs, counts: Counts, sums: Floats) -> None:
        known = ~np.isnan(pairs.prediction).any(axis=0)
        champion, challenger = pairs.prediction[:, known]
        counts[PAIRS] = len(champion)
        if isinstance(self._accumulator, ClassificationAccumulator):
            counts[AGREEING] = np.count_nonzero(champion == challenger)
            self._count_pairs(champion, challenger)
        else:
            counts[AGREEING] = np.count_nonzero(np.abs(champion - challenger) <= CLOSE * self._spread)
        difference = pairs.scores[1] - pairs.scores[0]
        n = self._accumulator.n_scores
        sums[1 : 1 + n] = np.nansum(difference, axis=0)
        # Their number too: a sender may leave out scores.
        sums[1 + n :] = np.count_nonzero(~np.isnan(difference), axis=0)

    def _count_pairs(self, champion: Floats, challenger: Floats) -> None:
        both, numbers = np.unique(np.stack([champion, challenger], axis=1).astype(int), axis=0, return_counts=True)
        for (one, other), count in zip(both.tolist(), numbers.tolist(), strict=True):
            self._confusion[one, other] = self._confusion.get((one, other), 0) + count

    def _judge(self, pairs: Pairs, counts: Counts, sums: Floats) -> None:
        known = ~np.isnan(pairs.outcome) & ~np.isnan(pairs.prediction).any(axis=0)
        differences = self._differences(pairs.prediction[:, known], pairs.outcome[known])
        counts[JUDGED] = len(differences)
        sums[0] = differences.sum()
        self._gain += float(differences.sum())
        self._squared_gain += float(np.square(differences).sum())
        self._wins += int(np.count_nonzero(differences > 0))
        self._losses += int(np.count_nonzero(differences < 0))
        self._decide(differences)

    def _differences(self, prediction: Floats, outcome: Floats) -> Floats:
        """Return by how much the challenger is better, from -1 to 1."""
        if isinstance(self._accumulator, ClassificationAccumulator):
            right = (prediction == outcome).astype(np.float64)
            return np.asarray(right[1] - right[0])
        with np.errstate(over="ignore", invalid="ignore"):
            error = np.abs(prediction - outcome)
            # Infinite errors of both give NaN: no difference. The bet needs gains between -1 and 1.
            return np.asarray(np.clip(np.nan_to_num((error[0] - error[1]) / self._spread), -1.0, 1.0))

    def _decide(self, differences: Floats) -> None:
        if self._verdict != NOT_YET or len(differences) == 0:
            return  # the first verdict stands: its error holds for the moment at which it was reached
        error, minimum = self._rules
        self._seen += len(differences)
        self._better += gains(differences)
        self._no_gain += gains(-differences, -minimum)
        # Either verdict may be wrong, so each gets half of the allowed error.
        if is_decided(self._better, error / 2):
            self._verdict = PROMOTE
        elif is_decided(self._no_gain, error / 2):
            self._verdict = KEEP
        self._decided_after = self._seen if self._verdict != NOT_YET else 0

    @property
    def has_pairs(self) -> bool:
        """Whether both models answered any request."""
        return bool(np.isfinite(self.last_pair))

    @property
    def _unit(self) -> float:
        return 1.0 if isinstance(self._accumulator, ClassificationAccumulator) else self._spread

    def view(self, now: float) -> ComparisonView:
        """Return the comparison at an event time."""
        judged, classes = int(self._totals[JUDGED]), isinstance(self._accumulator, ClassificationAccumulator)
        names = self._class_names()
        mean, lower, upper = mean_with_limits(judged, self._gain, self._squared_gain)
        return ComparisonView(
            champion=self.champion,
            pairs=int(self._totals[PAIRS]),
            agreeing=int(self._totals[AGREEING]),
            confusion={(names[a], names[b]): count for (a, b), count in sorted(self._confusion.items())},
            judged=judged,
            wins=self._wins,
            losses=self._losses,
            gain=(mean * self._unit, lower * self._unit, upper * self._unit),
            pvalue=mcnemar_pvalue(self._losses, self._wins) if classes else float("nan"),
            verdict=self._verdict,
            decided_after=self._decided_after,
            error=self._rules[0],
            windows={name: self._window(name, now) for name in self._windows},
        )

    def _class_names(self) -> tuple[str, ...]:
        accumulator = self._accumulator
        return accumulator.classes.names if isinstance(accumulator, ClassificationAccumulator) else ()

    def _window(self, name: str, now: float) -> PairWindow:
        counts, sums = self._windows[name].totals(now)
        pairs, agreeing, judged = counts.tolist()
        n = self._accumulator.n_scores
        difference, number = sums[1 : 1 + n], sums[1 + n :]
        return PairWindow(
            pairs=pairs,
            agreement=agreeing / pairs if pairs else float("nan"),
            judged=judged,
            gain=float(sums[0]) / judged * self._unit if judged else float("nan"),
            score_difference={
                of: float(difference[index] / number[index])
                for index, of in enumerate(self._class_names())
                if number[index]
            },
        )
