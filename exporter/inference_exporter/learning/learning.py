"""Learns a whole reference from rows: its buckets and its traits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from ..arrays import Column
from ..config.schema import FeatureConfig
from ..failures import Failures
from ..reference.derived.derivation import learn_derived
from ..reference.reference import DERIVED, Reference, build
from ..reference.traits import LearningSamples
from ..samples.batch import Batch
from .season_choice import chosen_seasons
from .traits import TRAITS


def learn(
    batch: Batch,
    *,
    in_order: bool,
    settings: Mapping[str, FeatureConfig] | None = None,
    task: Literal["auto", "classification", "regression"] = "auto",
    outcome: Column | None = None,
    seasons: tuple[str, ...] = (),
    holidays: tuple[str, ...] = (),
    failures: Failures | None = None,
    **about: Any,
) -> Reference:
    """Return the reference of a batch of samples.

    Parameters
    ----------
    batch : Batch
        The samples; ascending times show how they vary by the hour and by the day.
    in_order : bool
        Whether `batch.times` are known and ascending.
    seasons : tuple of str
        Keys of `seasons.SEASONS` to learn, beside those that the data show.
    holidays : tuple of str
        Days that columns may follow, such as ``2026-12-25``, or ``12-25`` for every year.
    failures : Failures
        Counts traits that failed to learn; the reference goes without them.
    about
        Further arguments of `reference.build`: model, model_version, created.

    Raises
    ------
    ReferenceFault
        If there are no rows, or no column to learn from.
    """
    settings = settings or {}
    # First: texts and vectors become numeric columns, which the buckets are then made of.
    derived, batch = learn_derived(batch, settings)
    reference = build(
        batch.features,
        batch.size,
        prediction=batch.prediction,
        scores=batch.scores,
        intermediate=batch.intermediate,
        action=batch.action,
        settings=settings,
        task=task,
        **about,
    )
    # Times without an order say nothing about what follows what.
    samples = LearningSamples(batch, batch.times if in_order else None, settings, outcome, seasons, {}, holidays)
    reference = replace(reference, traits={DERIVED: derived} if derived else {})
    failures = failures or Failures()
    # Before the traits: natural variation is what the seasons leave.
    with failures.contained("learning", "seasons", (reference.model, reference.model_version, "")):
        samples = replace(samples, chosen_seasons=chosen_seasons(samples, reference))
    learned = _traits(samples, reference, failures)
    return replace(reference, traits={**reference.traits, **learned})


def _traits(samples: LearningSamples, reference: Reference, failures: Failures) -> dict[str, dict[str, Any]]:
    """Return what each trait learned; if one fails, only its detector is lost, not the whole reference."""
    learned = {}
    for key, trait in TRAITS.items():
        with failures.contained("learning", key, (reference.model, reference.model_version, "")):
            content = trait.learned(samples, reference)
            if content is not None:
                learned[key] = content
    return learned
