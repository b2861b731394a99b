"""One model in depth: is it well, since when not, and what exactly has changed?"""

from ..dashboard import MODEL_UID, Dashboard, Row
from ..queries import EVENTS_OF_ONE, ONE_MODEL
from ..shared import SLO_PERIOD, THIS_MODEL, WINDOW, annotations
from . import drift, outliers, performance, quality, service, together, verdict


def build() -> Dashboard:
    """Return the dashboard of one model."""
    return Dashboard(
        uid=MODEL_UID,
        title="Model in depth",
        description="Is this model well, since when not, and what has changed? Drift of each feature and output, data "
        "quality, outliers, realised performance, latency, errors, SLO and the model's process.",
        variables=(*THIS_MODEL, WINDOW, SLO_PERIOD),
        annotations=annotations(ONE_MODEL, EVENTS_OF_ONE),
        rows=(
            Row("Verdict", verdict.panels()),
            Row("Drift of the features", drift.features()),
            Row("Drift of the features together", together.panels()),
            Row("Drift of the predictions", drift.outputs()),
            Row("Data quality", quality.panels()),
            Row("Outliers and attacks", outliers.panels()),
            Row("Realised performance", performance.classification()),
            Row("Realised performance of a regression", performance.regression(), folded=True),
            Row("Outcomes", performance.outcomes()),
            Row("Latency and errors", service.requests()),
            Row("Service level objectives", service.objectives()),
            Row("Process of the model server", service.process()),
            Row("Reference and events", verdict.background()),
        ),
    )
