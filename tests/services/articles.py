"""Short articles for tests of what is done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maquette.engine.studio import Studio
from maquette.services import content as contents
from maquette.services import illustrate, illustration
from maquette.services.content import ContentView, Fresh
from maquette.services.illustrate import Ask
from tests.engine.studio import reached
from tests.services.house import CALLER

KITES = """# Kites over the harbour

The wind comes early in the morning, and the first kites are red.

## Paper and string

A kite is paper, string and two thin sticks of bamboo.

## The long tail

Without its tail a kite turns over and falls.

## Sources

A list of old books.
"""
SMALL = {"featured_size": "64x64", "in_article_size": "72x64", "desktop_size": "96x64", "mobile_size": "64x96"}
PAINTED = {**SMALL, "action": "media.painter.txt2img"}


async def handed_in(studio: Studio, text: str = KITES, **values: Any) -> ContentView:
    """Hand an article in, with small pictures by the painter."""
    fresh = Fresh(text=text, **{"settings": PAINTED, **values})
    return await contents.create(studio, CALLER, fresh)


async def made(studio: Studio, ids: Sequence[str | int], only: str = "pending", **changes: Any) -> Mapping[str, Any]:
    """Make pictures, wait for them and return what the job brought."""
    begun = await illustrate.begin(studio, CALLER, Ask(ids, only, changes))  # type: ignore[arg-type]
    job = await reached(studio, begun.job)
    return {"state": job.state, "error": job.error, **(job.result or {}), "job": job}


async def view_of(studio: Studio, content: str) -> ContentView:
    return (await contents.get(studio, CALLER, content))[0]


async def set_up(studio: Studio, **values: Any) -> None:
    """Save settings for the workspace."""
    await illustration.save(studio, CALLER, {**PAINTED, **values})
