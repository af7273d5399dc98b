"""What became of a submit whose answer is lost."""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from typing import Any

from maquette.core.errors import MaquetteError, OutcomeUnknown
from maquette.core.model import Attempt
from maquette.engine.call import Ground, Lent

log = logging.getLogger("maquette.lost")

_PATIENCE_S = 120.0
"""Seconds for which a provider that does not answer look-ups is asked before the job steps back."""
_NO_ANSWER = object()


class Verdict(enum.Enum):
    """What a look-up told."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    LATER = "later"
    DOUBT = "doubt"


async def look_up(ground: Ground, attempt: Attempt, error: MaquetteError) -> tuple[Verdict, Any]:
    """Ask the provider whether it has the work, where it can be asked.

    An empty answer is believed only after `find_settle_s` of them, counted from when the process that may have sent it
    is known to be unable to send any more.
    """
    if ground.action is not None and ground.action.free:
        return Verdict.NOT_SENT, None  # it ran on this machine and left nothing
    if not ground.provider.offers("find"):
        log.warning("submit.in_doubt", extra={"attempt": attempt.id, "error": error.message})
        return Verdict.DOUBT, None
    lent = Lent(ground, attempt)
    settle, start, empty_since, dead = ground.tools.config.find_settle_s, time.monotonic(), 0.0, False
    while time.monotonic() - start < _PATIENCE_S + settle:
        found, handle = await _ask(ground, lent)
        if found is not None:
            return found, handle
        now, silent = time.monotonic(), dead
        dead = dead or await ground.tools.cannot_send(attempt.process)
        if handle is _NO_ANSWER:
            empty_since = 0.0
        elif not empty_since or dead is not silent:
            empty_since = now  # what was asked while its sender could still send tells nothing
        elif now - empty_since >= settle:
            return (Verdict.NOT_SENT if dead else Verdict.LATER), None
        await asyncio.sleep(min(1.0, max(settle / 4, 0.2)))
    return Verdict.LATER, None


async def _ask(ground: Ground, lent: Lent) -> tuple[Verdict | None, Any]:
    """Ask once: a verdict with the handle, or None with whether the provider answered at all."""
    try:
        handle = await ground.provider.find(lent.token, lent)
    except OutcomeUnknown:
        return Verdict.DOUBT, None
    except (MaquetteError, ValueError, LookupError):
        return None, _NO_ANSWER
    return (Verdict.ACCEPTED, handle) if handle is not None else (None, None)
