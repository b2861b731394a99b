"""What each service documents about the messages it takes: fields, their types and their limits.

A field that is not documented is refused, so that a misspelled one is noticed.
Each class names its source.
"""

from html.parser import HTMLParser
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints

TEAMS_BYTES_AT_MOST = 28 * 1024
TELEGRAM_UNITS_AT_MOST = 4096
TELEGRAM_TAGS = frozenset({"b", "a"})


class Schema(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


def text(at_most: int) -> Any:
    """Return the type of text that is there and not too long."""
    return Annotated[str, StringConstraints(min_length=1, max_length=at_most)]


def _url(value: str) -> str:
    AnyHttpUrl(value)
    assert " " not in value, value
    return value


Url = Annotated[str, AfterValidator(_url)]


class SlackAttachment(Schema):
    """https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments"""

    title: text(1024)
    title_link: Annotated[Url, StringConstraints(max_length=3000)]
    text: text(
        40_000
    )  # where Slack cuts a message: https://docs.slack.dev/changelog/2018-truncating-really-long-messages
    fallback: text(1024)
    color: Literal["good", "warning", "danger"]
    mrkdwn_in: list[Literal["fallback", "pretext", "text", "fields"]]
    footer: str | None = None
    callback_id: str | None = None


class SlackMessage(Schema):
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

    channel: Annotated[str, StringConstraints(pattern=r"^#[a-z0-9_-]{1,80}$")]
    username: text(80)
    attachments: Annotated[list[SlackAttachment], Field(min_length=1, max_length=100)]
    text: str | None = None


class TextBlock(Schema):
    """https://adaptivecards.io/explorer/TextBlock.html"""

    type: Literal["TextBlock"]
    text: text(20_000)
    weight: Literal["Lighter", "Default", "Bolder"] | None = None
    size: Literal["Small", "Default", "Medium", "Large", "ExtraLarge"] | None = None
    color: Literal["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"] | None = None
    style: Literal["default", "columnHeader", "heading"] | None = None
    wrap: bool | None = None


class MsTeams(Schema):
    """https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format"""

    width: Literal["full"]


class AdaptiveCard(Schema):
    """https://adaptivecards.io/explorer/AdaptiveCard.html"""

    schema_: Literal["http://adaptivecards.io/schemas/adaptive-card.json"] = Field(alias="$schema")
    type: Literal["AdaptiveCard"]
    version: Literal["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]
    body: Annotated[list[TextBlock], Field(min_length=1)]
    msteams: MsTeams


class TeamsAttachment(Schema):
    """https://learn.microsoft.com/en-us/connectors/teams/#request-body-schema"""

    contentType: Literal["application/vnd.microsoft.card.adaptive"]
    contentUrl: None
    content: AdaptiveCard


class TeamsMessage(Schema):
    """https://learn.microsoft.com/en-us/connectors/teams/#request-body-schema"""

    type: Literal["message"]
    attachments: Annotated[list[TeamsAttachment], Field(min_length=1)]


class DiscordEmbed(Schema):
    """https://docs.discord.com/developers/resources/message#embed-object-embed-limits"""

    title: text(256)
    description: text(4096)
    color: Annotated[int, Field(ge=0, le=0xFFFFFF)]


class DiscordMessage(Schema):
    """https://docs.discord.com/developers/resources/webhook#execute-webhook"""

    content: Annotated[str, StringConstraints(max_length=2000)]
    embeds: Annotated[list[DiscordEmbed], Field(min_length=1, max_length=10)]


class TelegramMessage(Schema):
    """https://core.telegram.org/bots/api#sendmessage; the library that Alertmanager uses sends numbers as text."""

    chat_id: Annotated[str, StringConstraints(pattern=r"^-?\d+$")]
    text: text(20_000)
    parse_mode: Literal["HTML"]
    disable_web_page_preview: Literal["true"]
    link_preview_options: str | None = None


class PagerDutyLink(Schema):
    """https://developer.pagerduty.com/docs/send-alert-event"""

    href: Url
    text: text(1000)


class PagerDutyPayload(Schema):
    """https://developer.pagerduty.com/docs/send-alert-event"""

    summary: text(1024)
    source: text(1024)
    severity: Literal["critical", "error", "warning", "info"]
    class_: text(255) = Field(alias="class")
    component: text(255)
    custom_details: dict[str, Any]
    timestamp: str | None = None
    group: str | None = None


class PagerDutyEvent(Schema):
    """https://developer.pagerduty.com/docs/send-alert-event"""

    routing_key: text(64)
    dedup_key: text(255)
    event_action: Literal["trigger", "resolve"]
    payload: PagerDutyPayload
    client: text(255)
    client_url: Url
    links: list[PagerDutyLink]


class OpsgenieAlert(Schema):
    """https://docs.opsgenie.com/docs/alert-api#create-alert"""

    message: text(130)
    alias: text(512)
    description: text(15_000)
    details: dict[str, str]
    source: text(100)
    priority: Literal["P1", "P2", "P3", "P4", "P5"]
    tags: Annotated[list[text(50)], Field(max_length=20)]


class OpsgenieClose(Schema):
    """https://docs.opsgenie.com/docs/alert-api#close-alert"""

    source: text(100)


class WebhookAlert(Schema):
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config"""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str
    endsAt: str
    generatorURL: str
    fingerprint: str


class WebhookMessage(BaseModel):
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, to which versions add fields."""

    version: Literal["4"]
    groupKey: str
    truncatedAlerts: int
    status: Literal["firing", "resolved"]
    receiver: str
    groupLabels: dict[str, str]
    commonLabels: dict[str, str]
    commonAnnotations: dict[str, str]
    externalURL: Url
    alerts: list[WebhookAlert]


class _TelegramHtml(HTMLParser):
    """The text that Telegram would show; refuses tags it does not know and tags that stay open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shown, self.links = "", list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TELEGRAM_TAGS, tag
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else []), attrs
        self.links += [value or "" for _, value in attrs]
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def telegram_shown(message: str) -> tuple[str, list[str]]:
    """Return the text and the addresses that Telegram would show; fail where it would refuse the message.

    https://core.telegram.org/bots/api#html-style
    """
    parser = _TelegramHtml()
    parser.feed(message)
    parser.close()
    assert parser.open == []
    assert len(parser.shown.encode("utf-16-le")) // 2 <= TELEGRAM_UNITS_AT_MOST
    return parser.shown, parser.links
