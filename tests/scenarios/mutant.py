"""The product with a promise broken, to prove that the storm sees it: `python -m tests.scenarios.mutant NAME ROLE`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import ProviderUnavailable
from maquette.engine import transport
from maquette.engine.call import Lent
from maquette.store import job as jobs
from maquette.store import process as processes
from maquette.store.table import jobs as job_table
from maquette.store.table import processes as process_table


def no_sending() -> None:
    """Call the provider without noting in the ledger that a paid call is under way."""
    write = Lent._write

    async def forgetful(self: Lent, **values: Any) -> None:
        if values.get("state") == "sending":
            self.attempt = replace(self.attempt, state="sending")
        else:
            await write(self, **values)

    Lent._write = forgetful  # type: ignore[method-assign]


def resend_on_5xx() -> None:
    """Take a server error as proof that nothing was billed."""
    judge = transport.judge

    def trusting(answer: Any, provider: Any, *, paid: bool, secrets: Any = ()) -> Any:
        if paid and answer.status >= 500:
            return ProviderUnavailable(f"The provider answered {answer.status}")
        return judge(answer, provider, paid=paid, secrets=secrets)

    transport.judge = trusting


def slow() -> None:
    """Break nothing: only wait a moment before the paid call, so that a freeze often falls there."""
    once = Lent.once

    async def hesitant(self: Lent, work: Any) -> Any:
        await asyncio.sleep(1.0)
        return await once(self, work)

    Lent.once = hesitant  # type: ignore[method-assign]


def no_epoch() -> None:
    """Let whoever once had a job write to it for ever, let no lease be taken away, and ask for none before sending.

    The lease alone would hold the first byte back: that is the second fence, and goes with the first.
    """
    slow()

    anyone = (
        job_table.c.id == sa.bindparam("this"),
        sa.bindparam("by", type_=sa.String).is_not(None),
        sa.bindparam("since", type_=sa.Integer).is_not(None),
    )

    def beat(tx: Any, process: str) -> bool:
        tx.run(sa.update(process_table).where(process_table.c.id == process).values(beat=processes._clock(tx)))
        return True

    def whenever(self: Lent) -> None:
        """Send in any case."""

    Lent._may_send = whenever  # type: ignore[method-assign]
    jobs._HOLD = sa.select(job_table).where(*anyone)
    jobs._CHANGE = sa.update(job_table).where(*anyone).returning(job_table)
    processes.beat = beat


MUTANTS: dict[str, Callable[[], None]] = {
    "no_sending": no_sending,
    "resend_on_5xx": resend_on_5xx,
    "no_epoch": no_epoch,
    "slow": slow,
}


def main() -> int:
    """Break the promise, then run the server or a worker."""
    name, role, *rest = sys.argv[1:]
    MUTANTS[name]()
    sys.argv = [role, *rest]
    if role == "worker":
        from maquette.engine.worker import main as run
    else:
        from maquette.api.__main__ import main as run
    return run()


if __name__ == "__main__":
    sys.exit(main())
