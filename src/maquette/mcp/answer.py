"""What a tool answers: a few words, links, and at most one small picture, never more than a model's context bears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import mcp_types as types
import msgspec
import pybase64

from maquette.core.errors import MaquetteError
from maquette.core.model import Asset
from maquette.services.tool import PICTURE_BYTES, Outcome, refused

ASSET = "maquette://assets/"
"""How the address of an asset as a resource begins."""
ANSWER_BYTES = 40_000
"""Most bytes of one answer."""


def answered(outcome: Outcome, base: str, picture: bytes | None = None) -> types.CallToolResult:
    """Return what a job brought; `base` is the address of this server, with a slash at its end."""
    content: list[types.ContentBlock] = [types.TextContent(text=_text(outcome, base))]
    content += [_link(asset) for asset in outcome.assets]
    if picture is not None and len(picture) <= PICTURE_BYTES:
        content.append(types.ImageContent(data=pybase64.b64encode(picture).decode(), mime_type="image/webp"))
    return types.CallToolResult(content=content, structured_content=_rows(outcome, base), is_error=outcome.failed)


def refusal(error: MaquetteError) -> types.CallToolResult:
    """Return an error as the answer of a tool, so that the model reads what to do about it."""
    told = refused(error)
    content = types.TextContent(text=msgspec.json.encode(told, enc_hook=str).decode()[: ANSWER_BYTES // 4])
    return types.CallToolResult(content=[content], structured_content={"error": told}, is_error=True)


def place(asset: Asset, base: str) -> str:
    """Return the address of an asset's bytes over HTTP."""
    return f"{base}api/v1/assets/{asset.id}/content"


def _text(outcome: Outcome, base: str) -> str:
    return "\n".join([outcome.text, *_lines(outcome, base)])


def _lines(outcome: Outcome, base: str) -> Iterator[str]:
    for asset in outcome.assets:
        side = f" {asset.width}\u00d7{asset.height}" if asset.width else ""
        yield f"- {asset.mime}{side}: {place(asset, base)}"
    if outcome.total > len(outcome.assets):
        yield f"{outcome.total - len(outcome.assets)} more: {base}api/v1/jobs/{outcome.job}"
    if outcome.waiting_for == "person":
        yield f"A person has to decide: {base}needs-you"
    if outcome.state not in ("succeeded", "failed", "cancelled"):
        yield f"Later, ask the tool `result` with the job {outcome.job!r}."


def _link(asset: Asset) -> types.ResourceLink:
    return types.ResourceLink(
        uri=ASSET + asset.id, name=(asset.name or asset.id)[:80], mime_type=asset.mime, size=asset.size
    )


def _rows(outcome: Outcome, base: str) -> Mapping[str, Any]:
    rows = [
        {"id": asset.id, "media": asset.media, "mime": asset.mime, "size": asset.size, "url": place(asset, base)}
        for asset in outcome.assets
    ]
    made: dict[str, Any] = {"job": outcome.job, "state": outcome.state, "assets": rows, "total": outcome.total}
    made |= {"cost_micro_usd": outcome.cost_micro_usd}
    if outcome.waiting_for:
        made["waiting_for"] = outcome.waiting_for
    if outcome.error:
        made["error"] = {name: outcome.error.get(name) for name in ("code", "detail", "hint")}
    return made
