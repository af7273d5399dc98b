"""Store a made picture in fewer bytes: lossless, with its recipe, and proven equal before anything else is done."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from maquette.blobs import key
from maquette.core.errors import OutputRejected
from maquette.core.model import Asset
from maquette.engine.ingest import Recipe
from maquette.engine.media.stamp import stamp

if TYPE_CHECKING:
    from maquette.engine.engine import Tools

_LOSSLESS = "maquette.engine.media.lossless:lossless"
_EQUAL = "maquette.engine.media.lossless:equal"
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Smaller:
    """The same picture in fewer bytes."""

    blob: str
    digest: str
    size: int


async def compressed(tools: Tools, asset: Asset, recipe: Recipe | None) -> Smaller:
    """Store a PNG picture as lossless WebP beside the original.

    The file is compared as it will lie there, recipe and all: both are decoded, and every pixel must be the same.
    Raises `OutputRejected` where that is not so or it would not be smaller, `OffloadFailed` and `StorageFull`.
    """
    async with tools.ingest.opened(asset) as (folder, arguments):
        made = await tools.offload.run(_LOSSLESS, arguments, folder=folder, timeout_s=_SECONDS)
        if "refused" in made:
            raise OutputRejected(f"It stays as it is: {made['refused']}")
        path = folder / made["file"]
        content = await asyncio.to_thread(_stamped, path, recipe)
        if len(content) >= asset.size:
            raise OutputRejected("It stays as it is: it would not be smaller")
        pair = {"first": arguments["source"], "second": str(path.absolute())}
        if not (await tools.offload.run(_EQUAL, pair, folder=folder, timeout_s=_SECONDS))["equal"]:
            raise OutputRejected("It stays as it is: its pixels would change")
        digest = hashlib.sha256(content).hexdigest()
        blob = key.original(asset.workspace, digest, "webp")
        await tools.blobs.put(blob, content)
        return Smaller(blob, digest, len(content))


def _stamped(path: Path, recipe: Recipe | None) -> bytes:
    """Write the recipe into the file, and return its bytes."""
    content = path.read_bytes()
    pieces = stamp("webp", memoryview(content), recipe) if recipe is not None else None
    if pieces is not None:
        content = b"".join(pieces)
        path.write_bytes(content)
    return content
