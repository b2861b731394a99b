"""Prepares the fleet of a replay: the configured models, their references, and those learned from the first part."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from ..config.schema import Config, FeatureConfig, ModelConfig, ProcessConfig
from ..errors import ReferenceFault
from ..learning.learning import learn
from ..model.fleet import Fleet, key_of
from ..reference.reference import Reference
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from ..samples.batch_rows import batch_rows, joined
from ..windows.clock import EventClock
from .recording import Recording
from .roles import Piece
from .stream import outcome_rows


@dataclass(frozen=True)
class FirstPart:
    """The samples that make the reference of a model without one: those before a moment."""

    share: float | None = None
    until: float | None = None

    @property
    def wanted(self) -> bool:
        """Whether a reference is to be learned from the first part."""
        return self.share is not None or self.until is not None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A fleet and the rest of the recording; `clean` holds the rows of references learned here."""

    fleet: Fleet
    recording: Recording
    clean: Mapping[ModelKey, Batch]


def config_of_replay(config: Config, categorical: Sequence[str] = ()) -> Config:
    """Return a configuration for the past: without a process to watch, and with some columns known to hold codes."""
    settings = {name: FeatureConfig(kind="categorical") for name in categorical}
    models = config.models or ((ModelConfig(),) if settings else ())
    return replace(
        config,
        models=tuple(
            # What the configuration says about a feature wins over the command's flags.
            replace(model, process=ProcessConfig(), features={**settings, **model.features})
            for model in models
        ),
    )


def categorical_features(config: Config, references: Iterable[Reference]) -> frozenset[str]:
    """Return the features whose values are categories or texts, according to the configuration or a reference."""
    learned = (column.name for of in references for column in of.of_group("feature") if not column.numeric)
    stated = (
        (name, feature.kind) for model in config.models for name, feature in model.features.items() if feature.kind
    )
    return frozenset(learned) | {name for name, kind in stated if kind in ("categorical", "text", "vector")}


def prepare(
    config: Config, references: Mapping[ModelKey, Reference], recording: Recording, first: FirstPart
) -> Prepared:
    """Return a fleet that has learned its references from the first part of the recording, if requested.

    Raises
    ------
    ReferenceFault
        If a model already has a reference, or the first part holds nothing to learn from.
    """
    if not first.wanted:
        return Prepared(_fleet(config, references), recording, {})
    # Only to complete the names of models, by the rules of the sidecar.
    namer = Fleet(config, references)
    learned, clean, streams = dict(references), {}, []
    models = {key_of(model): model for model in config.models}
    start = np.inf
    for stream in recording.streams:
        early, rest = _split(stream, first, recording)
        if early is None:
            raise ReferenceFault("--reference-share, --reference-until: expected samples in the first part, got none")
        key = namer.complete(early.key)
        if key in references:
            raise ReferenceFault(
                f"{'/'.join(key)}: --reference-share, --reference-until: expected a model without a reference, "
                "but the configuration names one"
            )
        recording.account.learned_from += early.size
        clean[key] = early
        learned[key] = _learned(early, key, _settings(models, key))
        # The first piece is taken out to learn where the rest begins, and put back in front.
        following = next(rest, None)
        if following is not None:
            start = min(start, float(following.batch.times[0]))
            streams.append(chain([following], rest))
    if not streams:
        raise ReferenceFault("--reference-share, --reference-until: expected samples after the first part, got none")
    rows = recording.rows - sum(batch.size for batch in clean.values())
    named = [replace(_settings(models, key), name=key.model, version=key.version) for key in clean]
    whole = replace(config, models=(*config.models, *(model for model in named if key_of(model) not in models)))
    rest_of_recording = replace(recording, streams=streams, first=start, rows=rows)
    return Prepared(_fleet(whole, learned), rest_of_recording, clean)


def _settings(models: Mapping[ModelKey, ModelConfig], key: ModelKey) -> ModelConfig:
    of_name = next((model for known, model in models.items() if known.model == key.model), ModelConfig())
    return models.get(key, replace(of_name, reference=None))


def _learned(batch: Batch, key: ModelKey, model: ModelConfig) -> Reference:
    return learn(
        batch,
        in_order=True,
        settings=model.features,
        task=model.task,
        holidays=model.drift.holidays,
        model=key.model,
        model_version=key.version,
        # Event time, not now: the same recording makes the same reference.
        created=float(batch.times[-1]),
    )


def _without(outcomes: OutcomeBatch | None, ids: Sequence[str | None] | None, cut: int) -> OutcomeBatch | None:
    """Return outcomes without those of the first samples, which are not traffic."""
    if outcomes is None or ids is None or cut == 0:
        return outcomes
    early = set(ids[:cut])
    return outcome_rows(outcomes, np.flatnonzero([name not in early for name in outcomes.ids]))


def _split(stream: Iterator[Piece], first: FirstPart, recording: Recording) -> tuple[Batch | None, Iterator[Piece]]:
    """Return the first part as one batch, and the pieces after it."""
    early: list[Batch] = []
    wanted = None if first.share is None else int(first.share * recording.rows)
    for piece in stream:
        batch = piece.batch
        if wanted is not None:
            cut = min(wanted - sum(part.size for part in early), batch.size)
        else:
            cut = int(np.searchsorted(batch.times, np.inf if first.until is None else first.until))
        if cut:
            early.append(batch_rows(batch, slice(0, cut)))
        if cut < batch.size:
            later = Piece(batch_rows(batch, slice(cut, None)), _without(piece.outcomes, batch.ids, cut))
            return joined(early) if early else None, chain([later], stream)
    return joined(early) if early else None, iter(())


def _fleet(config: Config, references: Mapping[ModelKey, Reference]) -> Fleet:
    """Return a fleet in event time: streams may take turns, and no wall clock can be set back."""
    return Fleet(config, references, clock=lambda limits: EventClock(np.inf, np.inf))
