"""Variables and annotations that the dashboards have in common."""

from .dashboard import Annotation, ChoiceVariable, LabelVariable
from .look import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from .queries import EACH_MODEL, events_arriving, events_in_range

RULE_OF_THE_VERDICT = (
    "Drifted: a look at the window found a change that is large enough to matter (location, scale, missing, unseen, "
    "out of range, invalid, or the histogram as a whole) and larger than chance explains, given how many features we "
    "look at and how often."
)
WINDOW = LabelVariable("window", "Window", "window", "model_window_samples")
SLO_PERIOD = ChoiceVariable("slo_period", "SLO period", ("30d", "7d", "1d", "1h"))

THIS_MODEL = (
    LabelVariable("model", "Model", "model", "model_window_samples"),
    LabelVariable("version", "Version", "version", 'model_window_samples{model="$model"}', newest_first=True),
    LabelVariable("variant", "Variant", "variant", 'model_window_samples{model="$model",version="$version"}'),
)


def annotations(selector: str, events_of: tuple[str, ...]) -> tuple[Annotation, ...]:
    """Return the marks on the time axis: events, alerts that began to fire, changed references.

    Alerts are marked where they begin: shading the whole time they fire would
    cover the graphs.
    """
    return (
        # At arrival, as samples are: a replayed event stands beside what it explains. Text and time are joined, since
        # an empty label would show as its bare name.
        Annotation(
            name="Events",
            expr=_with_words(events_arriving(*events_of)),
            title="{{title}}",
            text="{{kind}} {{subject}} {{words}}",
            tags=("kind", "subject"),
            color=BLUE,
            at_value=True,
        ),
        Annotation(
            name="Events at their own time",
            expr=f'label_join({events_in_range(*events_of)}, "subject", " ", "model", "version")',
            title="{{title}}",
            text="{{kind}} {{subject}}, at the time at which it happened",
            tags=("kind", "subject"),
            color=GREEN,
            at_value=True,
            enabled=False,
        ),
        _alerts("Pages", "page", selector, VERMILLION),
        _alerts("Tickets", "ticket", selector, ORANGE),
        Annotation(
            name="Reference changes",
            expr=_reference_changes(selector),
            title="New reference {{reference_version}}",
            text="{{model}} {{version}} is now compared with reference {{reference_version}} ({{source}})",
            tags=("model", "source"),
            color=PURPLE,
        ),
    )


def _with_words(events: str) -> str:
    subject = f'label_join({events}, "subject", " ", "model", "version")'
    return f'label_join({subject}, "words", " · happened at ", "text", "event_time")'


def _alerts(name: str, severity: str, selector: str, color: str) -> Annotation:
    return Annotation(
        name=name,
        expr=_began_firing(severity, selector),
        title="{{alertname}}",
        text="{{severity}}: {{subject}}",
        tags=("severity", "team"),
        color=color,
    )


def _began_firing(severity: str, selector: str) -> str:
    # An alert about a whole model carries no version and concerns each of them, so only model and feature are selected.
    # Labels that an alert lacks would show as their bare names: those it has are joined first.
    chosen = [part for part in selector.split(",") if part.startswith(("model=", "feature="))]
    alerts = f'ALERTS{{alertstate="firing",severity="{severity}",{",".join(chosen)}}}'
    return f'label_join({alerts} unless {alerts} offset 1m, "subject", " ", "model", "version", "feature")'


def _reference_changes(selector: str) -> str:
    # In use now and not two minutes ago, though the model was there: an exporter that comes back has not changed it.
    by = f"{EACH_MODEL}, reference_version, source"
    now = f'group by ({by}) (model_reference_info{{{selector},source!="learning"}})'
    before = f"group by ({by}) (model_reference_info{{{selector}}} offset 2m)"
    known = f"group by ({EACH_MODEL}) (model_window_samples{{{selector}}} offset 2m)"
    return f"{now} unless {before} and on ({EACH_MODEL}) {known}"
