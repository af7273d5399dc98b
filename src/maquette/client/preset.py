"""Presets, as the server sends them, and their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maquette.client.model import empty_raw, parse
from maquette.client.transport import API, Transport


@dataclass(frozen=True, slots=True)
class Preset:
    """The newest version of a preset."""

    id: str
    name: str = ""
    title: str = ""
    description: str = ""
    media: str = ""
    strategy: str = "fallback"
    candidates: Sequence[Mapping[str, Any]] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    priority: int = 0
    enabled: bool = True
    version: int = 0
    origin: str = "user"
    warnings: Sequence[Mapping[str, str]] = ()
    """What to know before it is used."""
    raw: Mapping[str, Any] = empty_raw()


class Presets:
    """What chooses among candidates for a medium."""

    _transport: Transport

    async def presets(self) -> Sequence[Preset]:
        """Return every preset, the highest priority first, then those that came with the server."""
        return [parse(Preset, row) async for row in self._transport.pages(f"{API}/presets", None, {})]

    async def preset(self, preset: str) -> Preset:
        """Return a preset, by id or name."""
        return parse(Preset, await self._transport.json("GET", f"{API}/presets/{preset}"))

    async def save_preset(self, document: Mapping[str, Any], *, preset: str | None = None) -> Preset:
        """Keep a new preset, or a further version of `preset`; raises an error that names every fault by its path."""
        way = ("PUT", f"{API}/presets/{preset}") if preset else ("POST", f"{API}/presets")
        return parse(Preset, await self._transport.json(*way, json=dict(document)))

    async def delete_preset(self, preset: str | Preset) -> None:
        """Delete a preset; jobs that it made go on."""
        await self._transport.json("DELETE", f"{API}/presets/{_id(preset)}")

    async def plan_preset(
        self, preset: str | Preset, params: Mapping[str, Any] | None = None, *, strict: bool = False
    ) -> Mapping[str, Any]:
        """Return which candidates would serve a request, who is left out and why, and the price; nothing is run."""
        body = {"params": dict(params or {}), "strict": strict}
        found: Mapping[str, Any] = await self._transport.json("POST", f"{API}/presets/{_id(preset)}/plan", json=body)
        return found


def _id(preset: str | Preset) -> str:
    return preset if isinstance(preset, str) else preset.id
