"""Read what hosted services say, and put files into their JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pybase64

from .action import Call, Material
from .errors import ProviderUnavailable, RequestRejected

_MODERATED = re.compile(
    r"moderat|nsfw|content.?polic|polic(?:y|ies) violat|prohibited|banned|sensitive|safety|inappropriate"
    r"|prompt.?blocked",
    re.IGNORECASE,
)


def plain(text: object) -> str:
    """Return a stranger's text fit for a message: one line, no control characters, at most 500 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:500]


def moderated(text: object) -> bool:
    """Tell whether a service's words or code say that its policy refused."""
    return _MODERATED.search(str(text)) is not None


def part(value: Any, *path: str) -> Mapping[str, Any]:
    """Return the object at a path inside JSON; empty where there is none."""
    for word in path:
        value = value.get(word) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def parts(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; empty where it is none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def data_uri(material: Material) -> str:
    """Return a file as a data URI."""
    return f"data:{material.mime};base64,{pybase64.b64encode(material.content).decode()}"


async def asked(
    call: Call, path: str, service: str, usual: str, *, body: Any = None, **query: Any
) -> Mapping[str, Any]:
    """Return the JSON object at a path; raises `RequestRejected` where something else than `service` answers.

    Args:
        call: The account's call.
        path: Where to look.
        service: Who is expected there.
        usual: The base URL that is right for most.
        body: What to post, where the question is put so.
        **query: What to ask for.
    """
    try:
        found = (await call.http.send("GET" if body is None else "POST", path, body=body, query=query)).json()
    except ValueError as error:
        raise stranger(call, service, usual) from error
    except RequestRejected as error:
        if error.details.get("upstream_status") not in (404, 405, 301, 302, 307, 308):
            raise
        raise stranger(call, service, usual) from error
    if not isinstance(found, dict):
        raise stranger(call, service, usual)
    return found


async def seen(call: Call, path: str, **query: Any) -> Mapping[str, Any]:
    """Return the JSON object at a path, for a poll: an answer that is none is a fault that passes."""
    try:
        found = await call.http.get(path, **query)
    except ValueError as error:
        raise ProviderUnavailable("The provider's answer is no JSON") from error
    if not isinstance(found, dict):
        raise ProviderUnavailable("The provider's answer is not the JSON object that it promises")
    return found


def stranger(call: Call, service: str, usual: str) -> RequestRejected:
    """Return the error for a server that is not the one that was meant."""
    return RequestRejected(
        f"What answers at {call.settings.base()} is not {service}, or the base URL has a wrong path",
        hint=f"Set the account's base URL to {usual}.",
    )
