"""Learns all that a reference holds from rows: its buckets, and its traits."""

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
from .traits import TRAITS


def learn(
    batch: Batch,
    *,
    in_order: bool,
    settings: Mapping[str, FeatureConfig] | None = None,
    task: Literal["auto", "classification", "regression"] = "auto",
    outcome: Column | None = None,
    seasons: tuple[str, ...] = (),
    failures: Failures | None = None,
    **about: Any,
) -> Reference:
    """Return the reference of the samples of a batch.

    Parameters
    ----------
    batch : Batch
        The samples; their times, ascending, tell how they vary by the hour and by the day.
    in_order : bool
        Whether `batch.times` are known and ascending.
    seasons : tuple of str
        Keys of `seasons.SEASONS` of which the reference shall have one each.
    failures : Failures
        Counts the traits that failed; the reference does without them.
    about
        What `reference.build` takes beside: model, model_version, created.

    Raises
    ------
    ReferenceFault
        If there are no rows, or no column to learn from.
    """
    settings = settings or {}
    derived, batch = learn_derived(batch, settings)
    reference = build(
        batch.features,
        batch.size,
        prediction=batch.prediction,
        scores=batch.scores,
        settings=settings,
        task=task,
        **about,
    )
    samples = LearningSamples(batch, batch.times if in_order else None, settings, outcome, seasons)
    reference = replace(reference, traits={DERIVED: derived} if derived else {})
    learned = _traits(samples, reference, failures or Failures())
    return replace(reference, traits={**reference.traits, **learned})


def _traits(samples: LearningSamples, reference: Reference, failures: Failures) -> dict[str, dict[str, Any]]:
    """Return what each trait learned; one that fails costs its detector only, not the whole reference."""
    learned = {}
    for key, trait in TRAITS.items():
        with failures.contained("learning", key, (reference.model, reference.model_version, "")):
            content = trait.learned(samples, reference)
            if content is not None:
                learned[key] = content
    return learned
