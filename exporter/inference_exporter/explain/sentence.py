"""Sentence: an explanation in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..measures.evidence import TESTS
from ..measures.quality import MEASURES as QUALITY
from ..samples.batch import Group
from .formatting import bucket, clipped, counted, formatted, known, number, share, whole_share
from .moves import Move

NAME_LENGTH_AT_MOST = 60
PLACE_LENGTH_AT_MOST = 60
RISING = 0.25  # prefer a growing share over a shrinking one if it matters nearly as much

HEADLINES = {
    "location_up": "{} rose",
    "location_down": "{} fell",
    "scale_up": "{} spread out",
    "scale_down": "{} narrowed",
    "shape": "{} changed its shape",
    "mix": "{} changed its mix",
    "missing_up": "{} is missing more often",
    "missing_down": "{} is missing less often",
    "invalid_up": "{} is invalid more often",
    "invalid_down": "{} is invalid less often",
    "unseen": "{} has categories never seen before",
    "out_of_range": "{} leaves the reference's range",
}


@dataclass(frozen=True)
class SentenceParts:
    """The parts of a sentence; `verdict` is 1, 0 or NaN, pairs are before and after."""

    group: Group
    name: str
    verdict: float
    change: str
    moves: Sequence[Move]
    fault: tuple[float, float] | None
    """The share that names the change, if it is one of missing, invalid, unseen, out of range."""
    range: tuple[float, float] | None
    means: tuple[float, float]
    since: float
    samples: int
    new_categories: tuple[str, ...]
    trend: str = ""
    """What the reference's trend says about the change; empty if nothing."""


def sentence_of(parts: SentenceParts) -> str:
    """Return the change as a sentence for people: "temp rose: 21.3 or more: 10% to 62% of values; …"."""
    subject = subject_of(parts.group, parts.name)
    if not known(parts.verdict):
        return f"Whether {subject} has drifted is unknown: {counted(parts.samples, 'sample')}"
    if parts.verdict != 1:
        most = f"; the largest change: {_moved(parts)}" if parts.moves else ""
        return f"{subject} has not drifted{most}; {counted(parts.samples, 'sample')}"
    headline = _headline(parts.change).format(subject)
    if parts.change == "out_of_range" and parts.range is not None:
        headline += f" of {number(parts.range[0])} to {number(parts.range[1])}"
    if parts.change == "unseen" and parts.new_categories:
        headline += f" ({', '.join(clipped(name, PLACE_LENGTH_AT_MOST) for name in parts.new_categories)})"
    phrases = [f"{headline}: {_moved(parts)}" if parts.moves or parts.fault else headline]
    # A mean says something only about a shift; a column that spreads out may keep it.
    if parts.change.startswith("location") and known(parts.means[1]):
        phrases.append(f"mean {number(parts.means[0])} to {number(parts.means[1])}")
    if known(parts.since):
        phrases.append(f"since {formatted(parts.since, '%Y-%m-%d %H:%M UTC')}")
    if parts.trend:
        phrases.append(parts.trend)
    return "; ".join([*phrases, counted(parts.samples, "sample")])


def _headline(change: str) -> str:
    """Return the beginning of a sentence; the title of the test if the change has no headline."""
    if change in HEADLINES or change not in TESTS:
        return HEADLINES.get(change, "{} has drifted")
    return f"{{}} changed in {TESTS[change].title}"


def brief_of(parts: SentenceParts) -> str:
    """Return the most important move, in few words: "21.3 or more: 10% to 62%"."""
    if parts.fault is not None:
        (before, after), place = parts.fault, QUALITY[quality_of(parts.change)].words
    elif parts.moves:
        main = main_move(parts.moves)
        place, before, after = range_of(main), main.reference_ratio, main.window_ratio
    else:
        return "small changes in many buckets" if parts.verdict == 1 else ""
    return f"{clipped(place, PLACE_LENGTH_AT_MOST)}: {whole_share(before)} to {whole_share(after)}"


def quality_of(change: str) -> str:
    """Return the key of the quality measure that names a change; the measure need not exist."""
    return f"{change.removesuffix('_up').removesuffix('_down')}_ratio"


def subject_of(group: Group, name: str) -> str:
    """Return the name of a column for a sentence."""
    if group == "prediction":
        return "the prediction"
    if group == "action":
        return "the action"
    kind = {"score": "the score of ", "intermediate": "the output of "}.get(group, "")
    return kind + clipped(name, NAME_LENGTH_AT_MOST)


def _moved(parts: SentenceParts) -> str:
    """Return which share moved, before and after."""
    if parts.fault is not None:
        before, after = parts.fault
        return f"from {share(before)} to {share(after)} of the samples"
    main = main_move(parts.moves)
    return f"the share of {place_of(main)} went from {share(main.reference_ratio)} to {share(main.window_ratio)}"


def main_move(moves: Sequence[Move]) -> Move:
    """Return the most important move."""
    # People look for what came, not for what went.
    growing = next((move for move in moves if move.grew), moves[0])
    return growing if growing.contribution >= RISING * moves[0].contribution else moves[0]


def place_of(move: Move) -> str:
    """Return a move's range or category, to follow "the share of"."""
    if move.category:
        shown = bucket(move.category)
        return f"“{shown}”" if move.category == shown else f"values {shown}"
    if move.lower is None:
        return f"values {range_of(move)}"
    if move.upper is None:
        return f"values from {number(move.lower)} up"
    # Cuts lie just beside a value, so a range of one value reads as that value.
    if number(move.lower) == number(move.upper):
        return f"values at {number(move.lower)}"
    return f"values from {number(move.lower)} up to {number(move.upper)}"


def range_of(move: Move) -> str:
    """Return a move's range or category, in few words."""
    if move.category:
        return bucket(move.category)
    if move.lower is None:
        return f"below {number(move.upper)}" if move.upper is not None else "any number"
    if move.upper is None:
        return f"{number(move.lower)} or more"
    low, high = number(move.lower), number(move.upper)
    return low if low == high else f"{low} to {high}"
