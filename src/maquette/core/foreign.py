"""Deal with servers of others: words of theirs made plain, bytes in the form that they take, proof of who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pybase64

from .action import Call, Material
from .errors import RequestRejected

__all__ = ["base64_of", "complaints", "data_uri", "plain", "proved"]


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
    where = ".".join(str(part) for part in place) if isinstance(place, list) else "?"
    return f"{plain(where)}: {plain(fault.get('msg'))}"


def base64_of(material: Material) -> str:
    """Return the bytes of an asset as base64."""
    return pybase64.b64encode(material.content).decode()


def data_uri(material: Material) -> str:
    """Return an asset as a data URI."""
    return f"data:{material.mime};base64,{base64_of(material)}"


async def proved(call: Call, path: str, *, sign: str, vendor: str) -> Mapping[str, Any]:
    """Read the JSON object that proves an account: it holds `sign`, or the server is not the vendor's.

    Raises `RequestRejected`, which names the cause and the cure in a sentence each, and what the transport raises.
    """
    try:
        found = await call.http.get(path)
    except RequestRejected as refused:
        if refused.details.get("upstream_status") not in (404, 405):
            raise
        raise _elsewhere(call, f"There is nothing at {path!r} on that server", vendor) from refused
    except ValueError as broken:
        raise _elsewhere(call, f"The server does not answer as {vendor} does", vendor) from broken
    if not isinstance(found, Mapping) or sign not in found:
        raise _elsewhere(call, f"The server does not answer as {vendor} does", vendor)
    return found


def _elsewhere(call: Call, message: str, vendor: str) -> RequestRejected:
    base: str = call.settings.base() or ""
    surplus = urlsplit(base).path
    usual = str(type(call.settings).model_fields["base_url"].default).rstrip("/")
    if surplus and not urlsplit(usual).path:
        return RequestRejected(message, hint=f"Take the path {surplus!r} off the account's base URL.")
    return RequestRejected(message, hint=f"Set the account's base URL to that of {vendor}, such as {usual}.")
