"""Read what the server says, and keep the sessions in which it is asked."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from maquette.core.action import Answer, Call
from maquette.core.answer import parsed, plain
from maquette.core.errors import AccountRejected, ProviderError, ProviderUnavailable, RequestRejected

EXPIRED = "invalid_session_id"
_LOGIN = "Enter a token from the server's user page as the account's `api_key`."
_TTL_S = 600.0


def refusal(body: Mapping[str, Any]) -> ProviderError | None:
    """Return the error that a body spells out, which may come with status 200; None where it spells out none."""
    said, kind = body.get("error"), body.get("error_id")
    if not isinstance(said, str) and not isinstance(kind, str):
        return None
    message, code = plain(said or kind), kind if isinstance(kind, str) else None
    if code == EXPIRED:
        return RequestRejected("The server no longer knows the session", provider_code=code)
    if code == "bad_permissions":
        advice = "Give the user of this account that permission on the server's user page."
        return AccountRejected(f"The server's user may not do this: {message}", hint=advice, provider_code=code)
    if "unauthorized" in message.lower():
        return AccountRejected(f"The server asks for a login: {message}", hint=_LOGIN, provider_code=code)
    strange = True if code == "bad_route" else None
    return RequestRejected(f"The server refused: {message}", provider_code=code, strange=strange)


def read(answer: Answer) -> Mapping[str, Any]:
    """Return the object in a free answer; raises what it says is wrong, `ProviderUnavailable` if it is no object."""
    found = parsed(answer)
    if not isinstance(found, dict):
        raise ProviderUnavailable("The server's answer is no object", strange=True)
    if (fault := refusal(found)) is not None:
        raise fault
    return found


def frame(text: str | bytes) -> Mapping[str, Any]:
    """Return the object in a frame of the socket; an empty one if it is none."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def number(value: object) -> float:
    """Return a number that a stranger sent, nought if it is none."""
    try:
        return float(str(value))
    except ValueError:
        return 0.0


async def opened(call: Call) -> dict[str, str]:
    """Open a session and return its id, where its user's files lie, and the server's version."""
    found = read(await call.http.send("POST", "/API/GetNewSession", body={}))
    session = found.get("session_id")
    if not isinstance(session, str) or not session:
        raise RequestRejected("The server opened no session", strange=True)
    # Files of several users lie apart unless the server was told otherwise.
    apart = found.get("output_append_user", True) is not False
    files = f"View/{found.get('user_id')}" if apart else "Output"
    return {"session": session, "files": plain(files), "version": plain(found.get("version", ""))[:60]}


def is_expired(error: ProviderError) -> bool:
    """Tell whether the server has forgotten the session of a request."""
    return error.details.get("provider_code") == EXPIRED


async def told(route: str, session: str, call: Call, **body: Any) -> Mapping[str, Any]:
    """Return what the server tells in one session."""
    return read(await call.http.send("POST", f"/API/{route}", body={"session_id": session, **body}))


@dataclass(slots=True)
class Sessions:
    """One session an account for all that is only read, renewed when the server has forgotten it or it is old."""

    _kept: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])

    async def asked(self, route: str, call: Call, **body: Any) -> Mapping[str, Any]:
        """Return what the server tells."""
        try:
            return await told(route, await self._session(call), call, **body)
        except RequestRejected as error:
            if not is_expired(error):
                raise
            self._kept.pop(_account(call), None)
            return await told(route, await self._session(call), call, **body)

    async def _session(self, call: Call) -> str:
        name, now = _account(call), time.monotonic()
        kept = self._kept.get(name)
        if kept is not None and kept[1] > now:
            return kept[0]
        session = (await opened(call))["session"]
        self._kept = {key: value for key, value in self._kept.items() if value[1] > now}
        self._kept[name] = (session, now + _TTL_S)
        return session


def _account(call: Call) -> str:
    # Two accounts on one server may be two users of it.
    headers = sorted(call.settings.headers().items())
    return hashlib.sha256(repr((call.settings.base(), headers)).encode()).hexdigest()
