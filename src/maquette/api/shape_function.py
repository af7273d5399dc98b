"""What a call of a function answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import BaseModel

from maquette.core.documented import Documented
from maquette.core.model import Asset
from maquette.services.tool import Outcome


class LinkShape(BaseModel):
    """Where something that was made can be had."""

    id: str
    media: str
    mime: str
    size: int
    name: str | None = None
    url: str


class FunctionShape(Documented):
    """What a call of a function brought."""

    job: str
    state: str
    output: str
    """What to hand back to the model: a short JSON text with links, or with the error and what to do about it."""
    assets: list[LinkShape]
    """The first of what was made."""
    total: int
    """How much was made in all."""
    waiting_for: str | None = None
    error: dict[str, Any] | None = None
    cost_micro_usd: int | None = None

    @classmethod
    def of(cls, outcome: Outcome, base: str) -> FunctionShape:
        """Return the shape of an outcome; `base` is the address of this server."""
        links = [_link(asset, base) for asset in outcome.assets]
        return cls(
            job=outcome.job,
            state=outcome.state,
            output=_output(outcome, links, base),
            assets=links,
            total=outcome.total,
            waiting_for=outcome.waiting_for,
            error=dict(outcome.error) if outcome.error else None,
            cost_micro_usd=outcome.cost_micro_usd,
        )


def _link(asset: Asset, base: str) -> LinkShape:
    return LinkShape(
        id=asset.id,
        media=asset.media,
        mime=asset.mime,
        size=asset.size,
        name=(asset.name or "")[:80] or None,
        url=f"{base}api/v1/assets/{asset.id}/content",
    )


def _output(outcome: Outcome, links: list[LinkShape], base: str) -> str:
    told: dict[str, Any] = {"state": outcome.state, "job": outcome.job, "text": outcome.text}
    if links:
        told["files"] = [{"type": link.mime, "url": link.url, "asset": link.id} for link in links]
    if outcome.error:
        told["error"] = _short(outcome.error)
    if outcome.waiting_for == "person":
        told["needs"] = f"A person has to decide at {base}needs-you"
    return msgspec.json.encode(told).decode()


def _short(error: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(error[name])[:2000] for name in ("code", "detail", "hint") if error.get(name)}
