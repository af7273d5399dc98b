"""Read what a stranger's server says: JSON as it is promised, its parts where they may be missing, text for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from .action import Answer, Call
from .errors import OutcomeUnknown, ProviderUnavailable

__all__ = ["complaints", "decoded", "moderated", "parsed", "part", "parts", "plain", "seen"]

T = TypeVar("T")

_MODERATED = re.compile(
    r"moderat|nsfw|content.?polic|polic(?:y|ies) violat|prohibited|banned|(?<!case.)sensitive|safety|inappropriate"
    r"|prompt.?blocked",
    re.IGNORECASE,
)


def plain(text: object) -> str:
    """Return a stranger's text fit for a message: one line, no control characters, at most 500 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:500]


def complaints(faults: object) -> str:
    """Return what a list of faults of fields says, each with the place of its field."""
    return "; ".join(map(_complaint, faults)) if isinstance(faults, list) else plain(faults)


def _complaint(fault: Any) -> str:
    if not isinstance(fault, Mapping):
        return plain(fault)
    place = fault.get("loc")
    where = ".".join(str(word) for word in place if word != "body") if isinstance(place, list) else "?"
    return f"{plain(where)}: {plain(fault.get('msg'))}"


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


def decoded(body: bytes | str, kind: type[T]) -> T:
    """Read a paid answer as `kind`; raises `OutcomeUnknown`, since a broken answer proves nothing about the work."""
    import msgspec  # noqa: PLC0415 - keeps the core importable on its own

    from .typed import decode  # noqa: PLC0415

    try:
        return decode(body, kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OutcomeUnknown("The provider's answer is not the JSON that it promises", reason=plain(error)) from error


def parsed(answer: Answer) -> Any:
    """Return the JSON of a free answer; raises `ProviderUnavailable` if it is none, which may pass."""
    try:
        return answer.json()
    except ValueError as error:
        raise ProviderUnavailable("The provider's answer is no JSON", reason=plain(error)) from error


async def seen(call: Call, path: str, **query: Any) -> Mapping[str, Any]:
    """Return the JSON object at a path, for a poll; raises `ProviderUnavailable` if it is none, which may pass."""
    found = parsed(await call.http.send("GET", path, query=query))
    if not isinstance(found, dict):
        raise ProviderUnavailable("The provider's answer is not the JSON object that it promises", strange=True)
    return found
