"""Sign a browser in: a link that works once becomes a cookie that no script can read."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from maquette.core.errors import Conflict, Forbidden, Unauthorized
from maquette.engine.studio import Studio
from maquette.services.caller import WORKSPACE, Caller
from maquette.services.key import bearer_of
from maquette.store import key as keys
from maquette.store.database import Tx

LINK_MS = 10 * 60 * 1000
"""How long a sign-in link works, in ms."""
COOKIE_MS = 30 * 24 * 3600 * 1000
"""How long a browser stays signed in, in ms."""

_LINK, _COOKIE = "link", "cookie"


@dataclass(frozen=True, slots=True)
class Link:
    """A code that signs one browser in once."""

    code: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser is given: the cookie's value and the word that its writes must repeat."""

    token: str
    csrf: str


async def link(studio: Studio, caller: Caller) -> Link:
    """Make a link that signs a browser in with the caller's key; raises `Conflict` where nobody signs in."""
    if caller.key is None:
        raise Conflict(
            "Authentication is switched off, so there is nothing to sign in to", hint="Open the address itself."
        )
    made = Link(secrets.token_urlsafe(32), studio.store.clock.now() + LINK_MS)
    digest, key = studio.vault.digest(made.code), caller.key
    await studio.store.write(caller.workspace, lambda tx: keys.open_session(tx, digest, key, _LINK, made.expires_at))
    return made


async def sign_in(studio: Studio, code: str) -> Session:
    """Trade a link's code for a session; raises `Unauthorized` the second time and after its time."""
    token = secrets.token_urlsafe(32)
    used, opened = studio.vault.digest(code), studio.vault.digest(token)

    def unit(tx: Tx) -> bool:
        key = keys.session(tx, used, _LINK)
        if key is None or not keys.close_session(tx, used):
            return False
        keys.open_session(tx, opened, key, _COOKIE, tx.now + COOKIE_MS)
        return True

    if not await studio.store.write(WORKSPACE, unit):
        raise Unauthorized(
            "This link was used before, or its ten minutes are over", hint="`maquette open` gives a fresh one."
        )
    return Session(token, csrf_of(studio, token))


async def authenticate(studio: Studio, token: str) -> Caller | None:
    """Return who is signed in by a cookie; None if nobody is."""
    digest = studio.vault.digest(token)

    def unit(tx: Tx) -> Caller | None:
        found = keys.session(tx, digest, _COOKIE)
        key = keys.by_id(tx, found) if found else None
        return bearer_of(key, "session") if key else None

    return await studio.store.read(WORKSPACE, unit)


async def sign_out(studio: Studio, token: str) -> None:
    """End the session of a cookie."""
    digest = studio.vault.digest(token)
    await studio.store.write(WORKSPACE, lambda tx: keys.close_session(tx, digest))


def csrf_of(studio: Studio, token: str) -> str:
    """Return the word that writes with this cookie must repeat."""
    return studio.vault.digest(f"csrf:{token}")


def check_csrf(studio: Studio, token: str, word: str) -> None:
    """Refuse a write by cookie that does not repeat the session's word; raises `Forbidden`."""
    if not hmac.compare_digest(csrf_of(studio, token).encode(), word.encode()):
        raise Forbidden(
            "A write by cookie must repeat the session's word",
            hint="Send the value of the cookie `maquette_csrf` in the header `X-CSRF-Token`.",
        )
