"""Keep the bill and the log of a twin: two append-only files that the product never sees."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

BILL = "bill.jsonl"
LOG = "log.jsonl"
UNKNOWN = {"path": None, "marker": None, "fault": None, "billed": False, "answered": False, "note": None}


class Ledger:
    """Write one line for each sum taken and one for each request."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Line buffering: a line is with the kernel before the answer leaves, so a killed twin has still billed it.
        self._bill = (folder / BILL).open("a", buffering=1, encoding="utf-8")
        self._log = (folder / LOG).open("a", buffering=1, encoding="utf-8")
        self.taken = 0
        self.requests = 0
        self.in_flight = 0

    def bill(self, work: str, marker: str | None, units: int = 1) -> None:
        """Take money for accepted work."""
        self.taken += 1
        self._bill.write(json.dumps({"id": work, "marker": marker, "units": units, "at": time.time()}) + "\n")

    def log(self, entry: dict[str, Any]) -> None:
        """Append one request, with what the provider knows of its outcome."""
        self.requests += 1
        self._log.write(json.dumps({"at": time.time(), **UNKNOWN, **entry}) + "\n")

    def close(self) -> None:
        """Close both files."""
        self._bill.close()
        self._log.close()


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON Lines file; a missing one is empty, and a half-written last line is left out."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
