"""Read what a stranger's server says: typed answers, text for a message, the free proof of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .action import Call
from .errors import AccountRejected, OutcomeUnknown, QuotaExhausted, RequestRejected

T = TypeVar("T")


def decoded(body: bytes | str, kind: type[T]) -> T:
    """Read a paid answer as `kind`; raises `OutcomeUnknown`, since a broken answer proves nothing about the work."""
    import msgspec  # noqa: PLC0415 - keeps the core importable on its own

    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OutcomeUnknown("The provider's answer is not the JSON that it promises", reason=plain(error)) from error


def plain(text: object) -> str:
    """Return a stranger's text fit for a message: one line, no control characters, at most 500 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:500]


async def proven(call: Call, path: str, rows: str, *, vendor: str, **query: Any) -> Sequence[Mapping[str, Any]]:
    """Return the list under `rows` of a free answer, which proves an account.

    Raises a `ProviderError` that names the cause and the cure: a key that is refused, a base URL with a path too many
    or too few, a server that is something else.
    """
    where = call.settings.base()
    cure = f"Correct the base URL of the account: it must end where the paths of {vendor} begin."
    try:
        said = await call.http.get(path, **query)
    except QuotaExhausted:
        raise
    except AccountRejected as refusal:
        advice = f"Enter a key of {vendor} that was made for {where}; keys of another region or product are refused."
        raise AccountRejected(refusal.message, hint=advice, **refusal.details) from refusal
    except RequestRejected as refusal:
        if refusal.details.get("upstream_status") != 404:
            raise
        raise RequestRejected(f"{where} answers, but has no {path!r}", hint=cure, upstream_status=404) from refusal
    except ValueError as error:
        raise RequestRejected(f"{where} answers, but not as {vendor} does: it sent no JSON", hint=cure) from error
    found = said.get(rows) if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise RequestRejected(f"{where} answers, but not as {vendor} does: there is no list of {rows!r}", hint=cure)
    return [row for row in found if isinstance(row, dict)]
