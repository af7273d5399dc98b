"""How long a job waits before it is tried again."""

from __future__ import annotations

import random

from maquette.core.errors import MaquetteError, ProviderUnavailable

FIRST_WAIT_MS = 1_000
"""The first gap; each further one is twice as long."""
_LONGEST_WAIT_MS = 120_000


def wait_ms(error: MaquetteError, tries: int) -> int:
    """Return how long to wait: what the provider says, else doubling with jitter."""
    if error.retry_after is not None:
        return round(error.retry_after * 1000) + random.randrange(250)  # noqa: S311 - jitter, no secret
    full = min(FIRST_WAIT_MS * 2 ** max(tries - 1, 0), _LONGEST_WAIT_MS)
    return int(full * random.uniform(0.5, 1))  # noqa: S311


def unsent(error: MaquetteError) -> MaquetteError:
    """Return the error of a submit that its provider is known never to have taken."""
    return ProviderUnavailable(f"The provider does not have it, so it was never taken: {error.message}")
