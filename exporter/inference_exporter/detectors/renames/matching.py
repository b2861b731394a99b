"""Renamed features: which unknown name in the traffic replaces which absent feature."""

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...arrays import Floats

# Fewer leave histograms too noisy to compare.
LEAST_VALUES = 50
# Judgements: a wrong suggestion costs more trust than a missing one.
LEAST_SCORE = 0.7
LEAST_AGREEMENT = 0.7
CLEAR_AGREEMENT = 0.9  # suffices if the feature and the name fit no others
LEAST_LEAD = 0.03  # over the second-best match of the same feature
AGREEMENT_WEIGHT = 0.6


@dataclass(frozen=True)
class Rename:
    """A suggestion: the absent feature, the name that replaces it, and how sure the match is."""

    feature: str
    to: str
    score: float
    name_similarity: float
    agreement: float


def name_similarity(one: str, other: str) -> float:
    """Return the similarity of two names, 0 to 1, ignoring case and the signs between words.

    If one contains all words of the other, it is at least 0.8.
    """
    words, others = _words(one), _words(other)
    ratio = difflib.SequenceMatcher(None, "".join(words), "".join(others)).ratio()
    contained = bool(words and others) and (set(words) <= set(others) or set(others) <= set(words))
    return max(ratio, 0.8) if contained else ratio


def _words(name: str) -> list[str]:
    # camelCase and snake_case give the same words.
    return re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


def agreement(reference: Floats, window: Floats) -> float:
    """Return the similarity of two histograms over the same buckets, 0 to 1: 1 minus their distance beyond chance.

    The total variation of two samples of one population is about the sum of
    sqrt(p (1 - p) (1 / n + 1 / m) / (2 pi)) over the buckets.
    """
    n, m = window.sum(), reference.sum()
    if n == 0 or m == 0:
        return float("nan")
    pooled = (reference + window) / (n + m)
    noise = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m) / (2 * np.pi)).sum()
    distance = np.abs(reference / m - window / n).sum() / 2
    return float(np.clip(1 - max(distance - noise, 0.0), 0.0, 1.0))


def renames(
    pairs: Mapping[tuple[str, str], tuple[Floats, Floats]],
) -> Sequence[Rename]:
    """Return the renames of absent features; each name is used once, and ties give no suggestion.

    Parameters
    ----------
    pairs : mapping of (absent feature, unknown name) to (reference, window)
        Histograms of the feature in the reference, and of the unknown name's
        values, over the same buckets.
    """
    scored = [each for names, histograms in pairs.items() if (each := _scored(*names, *histograms)) is not None]
    fitting = [each for each in scored if each.agreement >= LEAST_AGREEMENT]
    features, names = Counter(each.feature for each in fitting), Counter(each.to for each in fitting)
    likely = [each for each in fitting if _likely(each, features[each.feature] == 1 == names[each.to])]
    likely.sort(key=lambda each: -each.score)
    found: list[Rename] = []
    for each in likely:
        if any(each.feature == other.feature or each.to == other.to for other in found):
            continue
        taken = {other.to for other in found}
        rivals = [other.score for other in likely if other.feature == each.feature and other.to not in taken]
        # Two names that fit equally well suggest neither: a guess would mislead people.
        if len(rivals) == 1 or each.score - rivals[1] >= LEAST_LEAD:
            found.append(each)
    return found


def _scored(feature: str, to: str, reference: Floats, window: Floats) -> Rename | None:
    if window.sum() < LEAST_VALUES:
        return None
    similarity, agreed = name_similarity(feature, to), agreement(reference, window)
    return Rename(feature, to, AGREEMENT_WEIGHT * agreed + (1 - AGREEMENT_WEIGHT) * similarity, similarity, agreed)


def _likely(each: Rename, only: bool) -> bool:
    return each.score >= LEAST_SCORE or (only and each.agreement >= CLEAR_AGREEMENT)
