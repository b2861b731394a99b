"""CloudEvents 1.0 in binary mode: attributes in headers. Those in structured mode are an envelope."""

from collections.abc import Mapping

PREFIX = "ce-"
OF_THE_BODY = ("content-type", "inference-header-content-length")
"""Headers that say how to read the data of an event."""


def attributes_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of an event in binary mode, from headers by lower-case name; empty without an event."""
    found = {name.removeprefix(PREFIX): value for name, value in headers.items() if name.startswith(PREFIX)}
    # Every event has a type; without it, `ce-` headers are somebody else's.
    if "type" in found:
        found |= {name: headers[name] for name in OF_THE_BODY if headers.get(name)}
    return found
