"""Variables and annotations that the dashboards have in common."""

from .dashboard import Annotation, ChoiceVariable, LabelVariable
from .look import BLUE, PURPLE, VERMILLION
from .queries import EACH_MODEL

WINDOW = LabelVariable("window", "Window", "window", "model_window_samples")
SLO_PERIOD = ChoiceVariable("slo_period", "SLO period", ("30d", "7d", "1d", "1h"))

THIS_MODEL = (
    LabelVariable("model", "Model", "model", "model_window_samples"),
    LabelVariable("version", "Version", "version", 'model_window_samples{model="$model"}', newest_first=True),
    LabelVariable("variant", "Variant", "variant", 'model_window_samples{model="$model",version="$version"}'),
)


def annotations(selector: str) -> tuple[Annotation, ...]:
    """Return the marks on the time axis: events that were told, firing alerts, changed references."""
    return (
        Annotation(
            name="Events",
            expr=f"max by ({EACH_MODEL}, kind, title) (model_event_timestamp_seconds{{{selector}}}) * 1000",
            title="{{title}}",
            text="{{kind}} of {{model}} {{version}}",
            tags=("kind", "model"),
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
    changed = f"max by ({EACH_MODEL}) (changes(model_reference_timestamp_seconds{{{selector}}}[2m])) > 0"
    info = f"max by ({EACH_MODEL}, reference_version, source) (model_reference_info{{{selector}}})"
    return f"{info} * on ({EACH_MODEL}) group_left () ({changed})"
