"""What follows from an error: whether to try again, elsewhere, or not at all. Nothing here writes."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal

from maquette.core.errors import ContentRejected, MaquetteError, RateLimited
from maquette.core.model import Attempt, Job
from maquette.engine.call import Ground, Lent
from maquette.engine.patience import UNREADABLE

log = logging.getLogger("maquette.recover")

_MOST_ATTEMPTS = 60
_CANCEL_S = 10.0


def next_step(
    job: Job, attempt: Attempt, error: MaquetteError, state: str, *, cancelled: bool
) -> Literal["stop", "retry", "next"]:
    """Return what comes after an attempt that was not accepted and ended in a state."""
    if attempt.number >= _MOST_ATTEMPTS:
        return "stop"
    if state == "failed":
        return "next" if may_pay_again(job, error, cancelled=cancelled) else "stop"
    if error.recovery == "stop" and not (isinstance(error, ContentRejected) and _passes_moderation(job)):
        return "stop"
    if error.recovery == "retry" and counted(job, error) < job.max_attempts:
        return "retry"
    return "next" if job.position + 1 < len(job.plan) else "stop"


def counted(job: Job, error: MaquetteError) -> int:
    """Return how often the candidate was tried, this time included; a limit that passes is no try."""
    return job.tries + (0 if isinstance(error, RateLimited) else 1)


def may_pay_again(job: Job, error: MaquetteError, *, cancelled: bool) -> bool:
    """Tell whether the next candidate may try what may be paid already: only where a preset says `aggressive`."""
    if isinstance(error, ContentRejected) and not _passes_moderation(job):
        return False
    more = job.position + 1 < len(job.plan) and not cancelled
    return more and bool(job.plan[job.position].get("aggressive"))


def _passes_moderation(job: Job) -> bool:
    return job.plan[job.position].get("on_moderation") == "next"


async def stopped(ground: Ground, lent: Lent) -> bool:
    """Ask the provider to stop the work of an attempt; returns whether it says that it did."""
    try:
        async with asyncio.timeout(_CANCEL_S):
            handle = (lent.attempt.handle or {}).get("value")
            return await ground.provider.cancel(handle, lent)
    except (MaquetteError, TimeoutError, *UNREADABLE) as refusal:
        log.info("cancel.refused", extra={"attempt": lent.attempt.id, "error": str(refusal)})
        return False
