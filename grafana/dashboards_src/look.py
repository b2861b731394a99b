"""How a value looks: colours that colour-blind people can distinguish, units, and words for what a number means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

# Okabe and Ito's palette, chosen to stay distinct under every common colour vision deficiency.
ORANGE = "#E69F00"
SKY = "#56B4E9"
AZURE = "blue"  # Grafana's name: a lighter blue on dark themes, a darker one on light themes
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8E8E8E"

GOOD, NOTICE, BAD, UNKNOWN = AZURE, ORANGE, VERMILLION, GREY

Steps = tuple[tuple[float | None, str], ...]


def rising(notice: float | None, bad: float | None) -> Steps:
    """Return colour steps of a quantity that is worse the higher it is; below 0 there is nothing, so it is grey."""
    steps: list[tuple[float | None, str]] = [(None, UNKNOWN), (0, GOOD)]
    if notice is not None:
        steps.append((notice, NOTICE))
    if bad is not None:
        steps.append((bad, BAD))
    return tuple(steps)


def falling(bad_below: float, notice_below: float) -> Steps:
    """Return colour steps of a quantity that is worse the lower it is."""
    return ((None, BAD), (bad_below, NOTICE), (notice_below, GOOD))


PLAIN: Steps = ((None, AZURE),)


@dataclass(frozen=True)
class Look:
    """Unit, colours and words of a value.

    `unknown` is the grey text for NaN and for a query without an answer: the
    exporter exports NaN for unknown values, which must not look like 0. It must
    not name a cause that the query does not test. `words` names single values,
    such as 1 for drifted.
    """

    unit: str = "none"
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    steps: Steps = PLAIN
    words: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    unknown: str = "unknown"

    def thresholds(self) -> Json:
        """Return the colour steps as Grafana spells them."""
        return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in self.steps]}

    def mappings(self) -> list[Json]:
        """Return the words as value mappings, the grey one for what is unknown last."""
        named = {str(value): {"text": text, "color": color, "index": i} for i, (value, (text, color)) in self._words()}
        grey = {"text": self.unknown, "color": UNKNOWN, "index": len(named)}
        special: Json = {"type": "special", "options": {"match": "null+nan", "result": grey}}
        return [{"type": "value", "options": named}, special] if named else [special]

    def _words(self) -> list[tuple[int, tuple[int, tuple[str, str]]]]:
        return list(enumerate(self.words.items()))

    def defaults(self) -> Json:
        """Return the part of `fieldConfig.defaults` that every kind of panel shares."""
        optional = {"decimals": self.decimals, "min": self.minimum, "max": self.maximum}
        return {
            "unit": self.unit,
            "noValue": self.unknown,
            "color": {"mode": "thresholds"},
            "thresholds": self.thresholds(),
            "mappings": self.mappings(),
            **{key: value for key, value in optional.items() if value is not None},
        }


COUNT = Look(unit="locale", decimals=0, minimum=0)
RATIO = Look(unit="percentunit", minimum=0)
SECONDS = Look(unit="s", minimum=0)
SECONDS_EITHER_WAY = Look(unit="s")
BYTES = Look(unit="bytes", minimum=0)
REQUESTS_PER_SECOND = Look(unit="reqps", minimum=0)
PER_SECOND = Look(unit="suffix:/s", minimum=0)
DRIFT = Look(decimals=3, minimum=0)
P_VALUE = Look(unit="sci", minimum=0, maximum=1)
VERDICT = Look(words={0: ("stable", GOOD), 1: ("DRIFTED", BAD)})
DRIFTED_COUNT = Look(unit="locale", decimals=0, steps=rising(None, 1))
DRIFTED_SHARE = Look(unit="percentunit", decimals=0, minimum=0, maximum=1, steps=rising(0.01, 0.5))
ERRORS = Look(unit="percentunit", decimals=2, minimum=0, steps=rising(0.001, 0.01))
BUDGET = Look(unit="percentunit", decimals=1, maximum=1, steps=falling(0, 0.25))
MOMENT = Look(unit="dateTimeFromNow")
