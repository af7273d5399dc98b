"""How long a job waits before it is tried again, and how long it puts up with a provider's odd answers."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from maquette.core.errors import (
    AccountRejected,
    GenerationFailed,
    MaquetteError,
    NotFound,
    OffloadFailed,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    ServerFault,
    StorageFull,
    StoreUnavailable,
)
from maquette.store.job import Fenced

if TYPE_CHECKING:
    from maquette.engine.call import Lent

log = logging.getLogger("maquette.patience")
T = TypeVar("T")

FIRST_WAIT_MS = 1_000
"""The first gap; each further one is twice as long."""
_LONGEST_WAIT_MS = 120_000
_INSIST_S = 2.0
_INSIST_TRIES = 300
_ODD_S = 120.0
"""Seconds for which a provider may not know work that it has just taken, or may say of it what nobody can read."""
UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, msgspec.MsgspecError)
"""What reading an answer raises that has another shape than it should."""


def wait_ms(error: MaquetteError, tries: int) -> int:
    """Return how long to wait: what the provider says, else doubling with jitter."""
    if error.retry_after is not None:
        return round(error.retry_after * 1000) + random.randrange(250)  # noqa: S311 - jitter, no secret
    full = min(FIRST_WAIT_MS * 2 ** max(tries - 1, 0), _LONGEST_WAIT_MS)
    return int(full * random.uniform(0.5, 1))  # noqa: S311


def unsent(error: MaquetteError) -> MaquetteError:
    """Return the error of a submit that its provider is known never to have taken."""
    return ProviderUnavailable(f"The provider does not have it, so it was never taken: {error.message}")


def says_nothing(error: MaquetteError) -> bool:
    """Tell whether an error tells nothing of work that was accepted, which then must not be given up for it.

    The fault lies with this installation or with the account's key, or it passes: a key can be entered again, a store
    comes back, and what the provider has made is still there.
    """
    if isinstance(error, OffloadFailed):
        return error.details.get("cause") == "start"
    return error.recovery == "retry" or isinstance(error, ServerFault | AccountRejected | NotFound)


async def insist(write: Callable[[], Awaitable[T]]) -> T:
    """Write what must be written, and wait for a disk or a database that passes.

    Raises:
        StorageFull: There was no room for ten minutes.
        StoreUnavailable: The database did not answer for ten minutes.
    """
    for _ in range(_INSIST_TRIES):
        try:
            return await write()
        except (StorageFull, StoreUnavailable):
            await asyncio.sleep(_INSIST_S)
    return await write()


def named(error: Exception) -> str:
    """Return an error of reading in a few words."""
    return f"{type(error).__name__}: {error}"[:400]


@contextmanager
def doubting(lent: Lent) -> Iterator[None]:
    """Turn whatever breaks over accepted work into doubt about it: it may be paid for, so a person decides."""
    try:
        yield
    except (MaquetteError, Fenced):
        raise
    except Exception as error:
        if lent.attempt.state not in ("accepted", "unknown"):
            raise
        log.exception("result.unreadable", extra={"attempt": lent.attempt.id})
        raise OutcomeUnknown(f"The provider's result cannot be read: {named(error)}") from error


class Patience:
    """Judge what a provider answers to the question how far its work is.

    Nothing that was accepted is given up for an answer that may pass: the work may be paid for.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._missing: float | None = None
        self._unread: float | None = None

    def renew(self) -> None:
        """Note that an answer was good."""
        self._missing = self._unread = None

    def bear(self, error: Exception) -> None:
        """Put up with a fault that may pass.

        Raises:
            ProviderError: It says how the work ended.
            GenerationFailed: The provider has not known the work for minutes.
            OutcomeUnknown: What it says could not be read for minutes.
        """
        if isinstance(error, ProviderUnavailable):
            self._missing = None  # the deadline bounds how long this may last
        elif not isinstance(error, ProviderError):
            self._unread = self._unread or self._now()
            if self._now() - self._unread > _ODD_S:
                raise OutcomeUnknown(f"What the provider says of its work cannot be read: {named(error)}") from error
        elif error.details.get("upstream_status") != 404:
            raise error
        else:  # what was just accepted may not be everywhere yet
            self._missing = self._missing or self._now()
            if self._now() - self._missing > _ODD_S:
                raise GenerationFailed("The provider no longer knows the work that it had taken") from error
