"""`python -m tests.engine.frozen HOME DATABASE_URL`: a process that runs jobs of the test providers until its end."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.engine.studio import Stage

LEASE_S = 2
"""Seconds after which its jobs are taken over."""


async def serve(home: Path, url: str) -> None:
    """Run jobs, and say once under which name."""
    studio = await Stage(home, url).open(alone=False, dbos=True, lease_s=LEASE_S)
    sys.stdout.write(f"{studio.engine.process}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
