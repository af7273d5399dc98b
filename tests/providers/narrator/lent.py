"""A call for the tests of embedded providers: real child processes, real files, assets in a dictionary."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from maquette.core.action import Material

CHILD = """
import importlib, json, sys
module, _, function = sys.argv[1].partition(":")
arguments = json.load(sys.stdin)
print(json.dumps(getattr(importlib.import_module(module), function)(**arguments)))
"""


def run(folder: Path, function: str, **arguments: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, function],
        input=json.dumps(arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


class LentCall:
    """Lend a working folder and some assets to one attempt."""

    def __init__(self, folder: Path, assets: Mapping[str, bytes] | None = None) -> None:
        self.folder = folder
        self.assets = dict(assets or {})
        self.children: list[tuple[str, str, dict[str, Any]]] = []
        self.makers: dict[str, Callable[[dict[str, Any]], Awaitable[bytes]]] = {}

    async def offload(self, function: str, **arguments: Any) -> dict[str, Any]:
        return run(self.folder, function, **arguments)

    async def progress(self, fraction: float | None, message: str = "") -> None:
        assert fraction is None or 0 <= fraction <= 1

    async def material(self, asset_id: str) -> Material:
        return Material(asset_id, "image", "image/png", "lent", "", self.assets[asset_id])

    async def child(self, key: str, action: str, params: Mapping[str, Any]) -> Sequence[str]:
        self.children.append((key, action, dict(params)))
        asset_id = f"asset_{len(self.children):032x}"
        self.assets[asset_id] = await self.makers[action](dict(params))
        return [asset_id]

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return name
