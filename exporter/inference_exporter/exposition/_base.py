"""Families of series, built anew for each scrape, and labels as the text between the braces."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from ..model.part_views import Exemplar, LatencyHistogram
from ..model.view import ModelView
from ..samples.batch import ModelKey
from ._blocks import Block, LabelTexts, Values

# The text format escapes the first three; a NUL, which it cannot escape, would end the input for Prometheus' lexer.
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\"", "\0": "\ufffd"})


class Series(NamedTuple):
    """One line of a scrape: suffix of the family's name, labels as text, value."""

    suffix: str
    labels: str
    value: float
    exemplar: Exemplar | None = None


@dataclass(slots=True)
class Family:
    """A metric family. The name of a counter omits ``_total``."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    parts: list[Series | Block] = field(default_factory=list)

    @property
    def series(self) -> list[Series]:
        """Every series alone, for a close look at a few of them."""
        return [series for part in self.parts for series in _apart(part)]

    def emptied(self) -> "Family":
        """Return the family without its series."""
        return Family(self.name, self.kind, self.help)

    def add(self, text: str, value: float, suffix: str = "") -> None:
        """Add a series with a label text."""
        self.parts.append(Series(suffix, text, value))

    def add_all(self, texts: Sequence[str], values: Values) -> None:
        """Add a series for each label text; texts that are kept (`LabelTexts`) make it cheap."""
        if len(texts) != len(values):
            raise ValueError(f"{self.name}: {len(texts)} label texts for {len(values)} values")
        if len(texts):
            self.parts.append(Block(texts if isinstance(texts, LabelTexts) else LabelTexts(texts), values))

    def add_histogram(self, text: str, histogram: LatencyHistogram) -> None:
        """Add the buckets, sum and count of a histogram."""
        prefix = text + "," if text else ""
        # Buckets of the text format are cumulative (`le`: less than or equal), ours are counts of each bucket.
        cumulative = 0
        for place, count in enumerate(histogram.counts.tolist()):
            cumulative += count
            bound = repr(histogram.bounds[place]) if place < len(histogram.bounds) else "+Inf"
            exemplar = histogram.exemplars.get(place)
            self.parts.append(Series("_bucket", f'{prefix}le="{bound}"', cumulative, exemplar))
        self.parts.append(Series("_sum", text, histogram.total_seconds))
        # The count has to equal the `+Inf` bucket, or OpenMetrics parsers refuse the histogram.
        self.parts.append(Series("_count", text, cumulative))


def _apart(part: Series | Block) -> list[Series]:
    if isinstance(part, Series):
        return [part]
    return [Series("", text, value) for text, value in zip(part.texts, part.values.tolist(), strict=True)]


def gauge(name: str, help_text: str) -> Family:
    """Return an empty family of gauges."""
    return Family(name, "gauge", help_text)


def counter(name: str, help_text: str) -> Family:
    """Return an empty family of counters; `name` ends in ``_total``, as in a query."""
    # OpenMetrics names the family without the suffix in TYPE and HELP; 0.0.4
    # with it. The renderer adds it where it belongs.
    return Family(name.removesuffix("_total"), "counter", help_text)


def histogram(name: str, help_text: str) -> Family:
    """Return an empty family of histograms."""
    return Family(name, "histogram", help_text)


# The exporter's series about itself are made anew at each scrape, with the same labels.
@lru_cache(4096)
def labels(**values: str) -> str:
    """Return labels as exposition text without empty values, which Prometheus treats as absent."""
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in values.items() if value != "")


def model_labels(key: ModelKey) -> str:
    """Return the labels that every series about a model carries."""
    return labels(model=key.model, version=key.version, variant=key.variant)


def joined(*parts: str) -> str:
    """Return label texts as one."""
    return ",".join(part for part in parts if part)


Families = Callable[[Sequence[ModelView]], Iterator[Family]]


@dataclass(frozen=True)
class ModelGroup:
    """Families about models, computed from one set of views; `slow` families are also on /metrics/reference."""

    key: str
    families: Families
    slow: bool = False
    moving: bool = False
    """Whether they show more than samples of the model: the time, its process, or other models."""
    remembering: Callable[[], Families] | None = None
    """Starts the same families with an empty memory; they remember what they showed from scrape to scrape."""
