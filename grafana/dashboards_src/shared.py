"""Variables and annotations that the dashboards have in common."""

from .dashboard import Annotation, ChoiceVariable, LabelVariable
from .look import BLUE, PURPLE, VERMILLION
from .queries import EACH_MODEL, events

RULE_OF_THE_VERDICT = (
    "Drifted: a look at the window saw a change that matters (moved, spread, missing, unseen, out of range, invalid, "
    "or the histogram as a whole) and that is more than chance makes of so many looks at so many features."
)
WINDOW = LabelVariable("window", "Window", "window", "model_window_samples")
SLO_PERIOD = ChoiceVariable("slo_period", "SLO period", ("30d", "7d", "1d", "1h"))

THIS_MODEL = (
    LabelVariable("model", "Model", "model", "model_window_samples"),
    LabelVariable("version", "Version", "version", 'model_window_samples{model="$model"}', newest_first=True),
    LabelVariable("variant", "Variant", "variant", 'model_window_samples{model="$model",version="$version"}'),
)


def annotations(selector: str, events_of: tuple[str, ...]) -> tuple[Annotation, ...]:
    """Return the marks on the time axis: events that were told, firing alerts, changed references."""
    return (
        Annotation(
            name="Events",
            expr=f'label_join({events(*events_of)}, "subject", " ", "model", "version")',
            title="{{title}}",
            text="{{kind}} {{subject}}",
            tags=("kind", "subject"),
            color=BLUE,
            at_value=True,
        ),
        Annotation(
            name="Firing alerts",
            expr=_firing(selector),
            title="{{alertname}}",
            text="{{severity}}: {{subject}}",
            tags=("severity", "team"),
            color=VERMILLION,
        ),
        Annotation(
            name="Reference changes",
            expr=_reference_changes(selector),
            title="New reference {{reference_version}}",
            text="{{model}} {{version}} is now compared with reference {{reference_version}} ({{source}})",
            tags=("model", "source"),
            color=PURPLE,
        ),
    )


def _firing(selector: str) -> str:
    # An alert about a whole model carries no version and concerns each of them, so only the model is selected.
    # Labels that an alert lacks would show as their bare names: what there is of them is joined first.
    model = selector.split(",")[0]
    return f'label_join(ALERTS{{alertstate="firing",{model}}}, "subject", " ", "model", "version", "feature")'


def _reference_changes(selector: str) -> str:
    # In use now and not two minutes ago, though the model was there: an exporter that comes back has not changed it.
    by = f"{EACH_MODEL}, reference_version, source"
    now = f'group by ({by}) (model_reference_info{{{selector},source!="learning"}})'
    before = f"group by ({by}) (model_reference_info{{{selector}}} offset 2m)"
    known = f"group by ({EACH_MODEL}) (model_window_samples{{{selector}}} offset 2m)"
    return f"{now} unless {before} and on ({EACH_MODEL}) {known}"
