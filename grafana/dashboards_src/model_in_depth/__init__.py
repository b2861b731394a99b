"""One model in depth: is it well, since when not, and what exactly has changed?"""

from ..dashboard import MODEL_UID, Dashboard, Row
from ..queries import EVENTS_OF_ONE, ONE_MODEL
from ..shared import SLO_PERIOD, THIS_MODEL, WINDOW, annotations
from . import drift, estimates, llm, outliers, parts, performance, quality, service, together, verdict


def build() -> Dashboard:
    """Return the dashboard of one model."""
    return Dashboard(
        uid=MODEL_UID,
        title="Model in depth",
        description="Is anything wrong with this model, since when, and what changed? Drift of each feature and "
        "output, data quality, outliers, realised performance, latency, errors, SLO and the model's process.",
        variables=(*THIS_MODEL, WINDOW, SLO_PERIOD),
        annotations=annotations(ONE_MODEL, EVENTS_OF_ONE),
        rows=(
            Row("Is anything wrong, since when, and what moved?", verdict.panels()),
            Row("Drift of the features", drift.features(), folded=True),
            Row("Multivariate drift", together.panels(), folded=True),
            Row("Drift of the predictions", drift.outputs(), folded=True),
            Row("Data quality", quality.panels(), folded=True),
            Row("Outliers and attacks", outliers.panels(), folded=True),
            Row("Realised performance of a classifier", performance.classification(), folded=True),
            Row("Realised performance of a regression", performance.regression(), folded=True),
            Row("Estimated performance, and whether it held", estimates.panels(), folded=True),
            Row("Outcomes", performance.outcomes(), folded=True),
            Row("Slices and fairness", parts.slices(), folded=True),
            Row("Components, actions and guardrails", parts.components(), folded=True),
            Row("Latency and errors", service.requests(), folded=True),
            Row("Language model: tokens, ends and cost", llm.panels(), folded=True),
            Row("Service level objectives", service.objectives(), folded=True),
            Row("Champion, challenger and other versions", (*verdict.versions(), *parts.challenger()), folded=True),
            Row("Process of the model server", (*verdict.state(), *service.process()), folded=True),
            Row("Reference and events", verdict.background(), folded=True),
        ),
    )
