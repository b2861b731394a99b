"""What the tokens of a language model cost; each default and each rule stands next to its value."""

from dataclasses import dataclass, field

from .rules import require


@dataclass(frozen=True)
class Prices:
    """Prices of a million tokens; without one for input and output, only a cost that senders report is shown.

    Cached input, and input that is written to the cache, cost as much as other input unless they have a price.
    """

    currency: str = "USD"
    input: float | None = None
    output: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None

    def __post_init__(self) -> None:
        require(0 < len(self.currency) <= 10, "currency", "a short text such as USD", self.currency)
        for key in ("input", "output", "cached_input", "cache_write"):
            price = getattr(self, key)
            require(price is None or 0 <= price < 1e9, key, "a number, 0 or more", price)
        for key in ("output", "cached_input", "cache_write"):
            given = getattr(self, key) is None or self.input is not None
            # A price table without input would show costs that are too low, without any sign of it.
            require(given, key, "input to be given too", getattr(self, key))

    @property
    def configured(self) -> bool:
        """Whether there is a price table."""
        return self.input is not None

    @property
    def of_input(self) -> float:
        """The price of input."""
        return self.input or 0.0

    @property
    def of_output(self) -> float:
        """The price of output; 0 for models without any, such as embeddings."""
        return self.output or 0.0

    @property
    def of_cached(self) -> float:
        """The price of cached input."""
        return self.of_input if self.cached_input is None else self.cached_input

    @property
    def of_written(self) -> float:
        """The price of input that is written to the cache."""
        return self.of_input if self.cache_write is None else self.cache_write


@dataclass(frozen=True)
class LlmConfig:
    """Settings of a language model."""

    prices: Prices = field(default_factory=Prices)
