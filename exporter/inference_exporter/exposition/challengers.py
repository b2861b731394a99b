"""Challengers against their champion, on the requests that both answered; and what is configured about each version."""

from collections.abc import Callable, Iterator, Sequence

from ..explain.versions import champion_of, changes_between
from ..model.comparison import ComparisonView
from ..model.view import ModelView
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels

Compared = Sequence[tuple[str, ComparisonView]]

COUNTERS: tuple[tuple[str, str, Callable[[ComparisonView], float]], ...] = (
    ("model_challenger_pairs_total", "Requests that both models answered.", lambda of: of.pairs),
    ("model_challenger_agreements_total", "Pairs whose predictions agree.", lambda of: of.agreeing),
    ("model_challenger_judged_total", "Pairs whose outcome is known.", lambda of: of.judged),
    ("model_challenger_wins_total", "Pairs with a better prediction of the challenger.", lambda of: of.wins),
    ("model_challenger_losses_total", "Pairs with a better prediction of the champion.", lambda of: of.losses),
)
GAUGES: tuple[tuple[str, str, Callable[[ComparisonView], float]], ...] = (
    ("model_challenger_gain", "Mean improvement over the champion since the start.", lambda of: of.gain[0]),
    ("model_challenger_gain_lower", "Lower limit of its 95 % interval, paired.", lambda of: of.gain[1]),
    ("model_challenger_gain_upper", "Upper limit of its 95 % interval, paired.", lambda of: of.gain[2]),
    # Valid for one look at the end. The verdict below has its own error, which holds at every look.
    ("model_challenger_mcnemar_pvalue", "P-value of McNemar's exact test.", lambda of: of.pvalue),
    (
        "model_challenger_verdict",
        "1: promote the challenger, -1: keep the champion, 0: not yet.",
        lambda of: of.verdict,
    ),
    ("model_challenger_verdict_error_ratio", "Probability that the verdict is ever wrong.", lambda of: of.error),
    (
        "model_challenger_decided_after_pairs",
        "Pairs with an outcome that the verdict took; NaN before.",
        # A verdict takes at least one pair, so 0 means undecided.
        lambda of: of.decided_after or float("nan"),
    ),
)


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    compared = [
        # The champion's version is a label: after a promotion the same challenger starts a new series.
        (joined(model_labels(view.key), labels(champion_version=view.comparison.champion.version)), view.comparison)
        for view in views
        if view.comparison is not None
    ]
    for make, table in ((counter, COUNTERS), (gauge, GAUGES)):
        for name, help_text, value_of in table:
            family = make(name, help_text)
            for base, comparison in compared:
                family.add(base, value_of(comparison))
            yield family
    yield _predictions(compared)
    yield from _windows(compared)
    yield from _descriptions(views)


def _predictions(compared: Compared) -> Family:
    family = counter("model_challenger_predictions_total", "Pairs by the predictions of champion and challenger.")
    for base, comparison in compared:
        for (champion, challenger), count in comparison.confusion.items():
            pair = labels(champion_prediction=champion, challenger_prediction=challenger)
            family.add(joined(base, pair), count)
    return family


def _windows(compared: Compared) -> Iterator[Family]:
    pairs = gauge("model_challenger_window_pairs", "Requests of the window that both models answered.")
    agreement = gauge("model_challenger_agreement_ratio", "Share of the window's pairs whose predictions agree.")
    gain = gauge("model_challenger_window_gain", "Mean improvement over the champion in the window.")
    scores = gauge("model_challenger_score_difference", "Mean score of the challenger minus that of the champion.")
    for base, comparison in compared:
        for name, window in comparison.windows.items():
            text = joined(base, labels(window=name))
            pairs.add(text, window.pairs)
            agreement.add(text, window.agreement)
            gain.add(text, window.gain)
            for of_class, difference in window.score_difference.items():
                scores.add(joined(base, labels(**{"class": of_class}), labels(window=name)), difference)
    yield from (pairs, agreement, gain, scores)


def _descriptions(views: Sequence[ModelView]) -> Iterator[Family]:
    metadata = gauge("model_metadata_info", "What the configuration says about a version, one series a fact.")
    changes = gauge("model_challenger_change_info", "What differs between a challenger and its champion.")
    for view in views:
        base = model_labels(view.key)
        for key, value in view.config.metadata.items():
            metadata.add(joined(base, labels(key=_short(key), value=_short(value))), 1)
        # Differences are between configurations, so they are known before the first pair.
        champion = champion_of(view, views)
        for change in changes_between(champion, view) if champion else ():
            pair = labels(
                key=_short(change.key), champion=_short(change.champion), challenger=_short(change.challenger)
            )
            changes.add(joined(base, pair), 1)
    yield from (metadata, changes)


def _short(text: str) -> str:
    return text[:LABEL_LENGTH_AT_MOST]


# Moving: depends on the champion's view too, which changes without a sample of this model.
GROUP = ModelGroup("challengers", _families, moving=True)
