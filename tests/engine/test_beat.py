"""A lease goes on beating after trouble that passes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import StorageFull, StoreUnavailable
from maquette.engine.lease import Lease
from tests.engine.studio import until


class TroubledStore:
    """A store whose first beats fail."""

    def __init__(self, trouble: Exception) -> None:
        self.trouble, self.beats = trouble, 0

    async def write(self, _workspace: str, _unit: Any) -> None:
        """Take everything else."""

    def write_here(self, _unit: Any) -> bool:
        """Fail once, then renew."""
        self.beats += 1
        if self.beats == 1:
            raise self.trouble
        return True


@pytest.mark.parametrize(
    "trouble", [StorageFull("full"), StoreUnavailable("locked"), IntegrityError("x", {}, Exception())]
)
async def test_a_beat_that_fails_is_followed_by_others(trouble: Exception) -> None:
    store = TroubledStore(trouble)
    lease = Lease(store, kind="worker", ttl_s=1)  # type: ignore[arg-type]  # the two calls that it makes
    await lease.start()
    await until(lambda: store.beats >= 2)
    await until(lease.fresh)
    await lease.stop()
