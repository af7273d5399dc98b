"""Articles, as the server sends them, and their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maquette.client.model import empty_raw, parse
from maquette.client.transport import API, Transport


@dataclass(frozen=True, slots=True)
class Content:
    """An article with its pictures as they are now."""

    id: str
    title: str = ""
    format: str = ""
    featured_image: Mapping[str, Any] | None = None
    in_article_images: Sequence[Mapping[str, Any]] = ()
    desktop_image: Mapping[str, Any] | None = None
    mobile_image: Mapping[str, Any] | None = None
    message: str = ""
    cost_micro_usd: int = 0
    raw: Mapping[str, Any] = empty_raw()

    @property
    def images(self) -> list[Mapping[str, Any]]:
        """All its pictures."""
        single = (self.featured_image, self.desktop_image, self.mobile_image)
        return [*(image for image in single if image), *self.in_article_images]


class Contents:
    """Articles, and the pictures that are made for them."""

    _transport: Transport

    async def add_content(self, **words: Any) -> Content:
        """Hand an article in: `body` with a `format`, or the `asset` of a file; see POST /api/v1/contents."""
        return parse(Content, await self._transport.json("POST", f"{API}/contents", json=words))

    async def content(self, content: str) -> Content:
        """Return an article with its pictures."""
        return parse(Content, await self._transport.json("GET", f"{API}/contents/{content}"))

    async def contents(self, *, limit: int | None = None) -> Sequence[Content]:
        """Return articles, the newest first."""
        return [parse(Content, row) async for row in self._transport.pages(f"{API}/contents", limit, {})]

    async def illustrate(self, ids: Sequence[str], *, only: str = "pending", **settings: Any) -> Mapping[str, Any]:
        """Begin to make pictures of articles, and return the job and what is left out."""
        body = {"ids": list(ids), "only": only, "settings": settings}
        begun: Mapping[str, Any] = await self._transport.json("POST", f"{API}/contents/images", json=body)
        return begun

    async def document(self, content: str, *, archive: bool = False) -> bytes:
        """Return the document with its pictures, or a zip of it with their files."""
        path = f"{API}/contents/{content}/{'archive' if archive else 'document'}"
        async with self._transport.answer("GET", path) as response:
            return bytes(await response.aread())
