"""Puts together what a model was asked: features of the prompt and of the settings, and the schemas of tools."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._base import Prompt
from ._parts import a_setting, known
from ._text import Content, content_of, text_features

TOOLS_AT_MOST = 1000


def prompt_of(
    contents: Sequence[Any], settings: Mapping[str, Any], model: str | None, tools: Mapping[str, Any] | None = None
) -> Prompt:
    """Return a prompt from the contents of its messages.

    `settings` are temperature, maximum of tokens and the like; those that are not numbers are unknown.
    None as `tools` means that it is unknown whether there are any.
    """
    read = [content_of(content) for content in contents]
    features = _of_contents(read) | {name: a_setting(value) for name, value in settings.items()}
    if tools is not None:
        features["tools"] = float(len(tools))
    # Schemas wait until the response comes.
    kept = dict(list((tools or {}).items())[:TOOLS_AT_MOST])
    return Prompt([known(**features)], model=model, tools=kept)


def _of_contents(contents: Sequence[Content]) -> dict[str, Any]:
    features: dict[str, Any] = {"messages": float(len(contents))} if contents else {}
    if contents:
        # Lengths of the conversation so far, not of the last message: that is
        # what the model reads, and what is paid for.
        features |= text_features("prompt", [text for content in contents for text in content.texts])
        features["attachments"] = float(sum(content.attachments for content in contents))
    return features


def schemas(tools: Iterable[Mapping[str, Any]], parameters: str) -> dict[str, Any]:
    """Return the schema of each tool by its name."""
    found = {}
    for tool in tools:
        # OpenAI nests name and parameters in `function`; other APIs write them on the tool.
        inner = tool.get("function") if isinstance(tool.get("function"), Mapping) else tool
        if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
            found[inner["name"]] = inner.get(parameters)
    return found
