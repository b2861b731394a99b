"""What followed from predictions since the start: actions, and scores outside their bands."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, Floats
from ..config.decisions import GuardrailConfig
from ..config.schema import ModelConfig
from ..samples.batch import Batch
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ..values.categories import category_text
from ..values.coded import coded
from ..values.numbers import as_numbers

ACTIONS_AT_MOST = 20
OTHER_ACTION = "__other__"
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GuardrailCounts:
    """Samples with a score that a guardrail judges, and those of them outside."""

    samples: int = 0
    below: int = 0
    above: int = 0


@dataclass(frozen=True)
class DecisionsView:
    """Counts since the start. `checked` and `mismatched` are predictions with an action, by prediction."""

    actions: Mapping[str, int]
    checked: Mapping[str, int]
    mismatched: Mapping[str, int]
    guardrails: Mapping[str, GuardrailCounts]


class Decisions:
    """Guarded by its monitor's lock; made by the first action, or by the configuration."""

    def __init__(self, config: ModelConfig) -> None:
        self._config = config
        self._actions: dict[str, int] = {}
        # Configured predictions exist at 0, so that the first mismatch is an increase.
        self._checked = dict.fromkeys(map(_named, config.actions), 0)
        self._mismatched = dict(self._checked)
        self._guardrails = dict.fromkeys(config.guardrails, GuardrailCounts())
        self.folded = 0

    def add(self, batch: Batch) -> None:
        """Count the samples of a batch."""
        if batch.action is not None:
            self._add_actions(batch.action, batch.prediction)
        for name, guardrail in self._config.guardrails.items():
            self._guardrails[name] = _added(self._guardrails[name], guardrail, batch)

    def _add_actions(self, action: Column, prediction: Column | None) -> None:
        codes, texts = coded(action)
        for text, count in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)).tolist(), strict=True):
            name = text[:LABEL_LENGTH_AT_MOST]
            if name not in self._actions and len(self._actions) >= ACTIONS_AT_MOST:
                self.folded += 1
                name = OTHER_ACTION
            self._actions[name] = self._actions.get(name, 0) + count
        if self._checked and prediction is not None:
            self._check(codes, texts, prediction)

    def _check(self, actions: NDArray[np.intp], texts: tuple[str, ...], prediction: Column) -> None:
        expected = {_named(of): _named(wanted) for of, wanted in self._config.actions.items()}
        codes, predictions = coded(prediction)
        for code in [code for code, text in enumerate(predictions) if text in expected]:
            taken = actions[(codes == code) & (actions >= 0)]
            name = predictions[code]
            # -1 equals no action: if nobody took the expected one, all are mismatches.
            right = texts.index(expected[name]) if expected[name] in texts else -1
            self._checked[name] += len(taken)
            self._mismatched[name] += int(np.count_nonzero(taken != right))

    def view(self) -> DecisionsView:
        """Return the counts since the start."""
        return DecisionsView(dict(self._actions), dict(self._checked), dict(self._mismatched), dict(self._guardrails))


def _named(text: str) -> str:
    # Numbers in the configuration are named as in samples: 1.0 and 1 are the same category.
    return category_text(text) or text


def _added(counts: GuardrailCounts, guardrail: GuardrailConfig, batch: Batch) -> GuardrailCounts:
    column = batch.prediction if guardrail.score is None else batch.scores.get(guardrail.score)
    if column is None:
        return counts
    numbers = as_numbers(column)
    for wanted, of in ((guardrail.prediction, batch.prediction), (guardrail.action, batch.action)):
        if wanted is not None:
            numbers = np.where(_equal(of, wanted, batch.size), numbers, np.nan)
    return GuardrailCounts(
        counts.samples + int(np.count_nonzero(~np.isnan(numbers))),
        counts.below + _outside(numbers, guardrail.minimum, -1),
        counts.above + _outside(numbers, guardrail.maximum, 1),
    )


def _equal(column: Column | None, wanted: str, size: int) -> Mask:
    if column is None:
        return np.zeros(size, dtype=np.bool_)
    codes, texts = coded(column)
    name = _named(wanted)
    return np.asarray(codes == texts.index(name)) if name in texts else np.zeros(size, dtype=np.bool_)


def _outside(numbers: Floats, bound: float, sign: int) -> int:
    # The sign turns one comparison into both; NaN is on neither side.
    return int(np.count_nonzero(sign * numbers > sign * bound))
