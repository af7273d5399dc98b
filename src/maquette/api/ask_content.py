"""What callers send about articles."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field, model_validator

from maquette.api.ask import Ask, Label, PageAsk
from maquette.core.article import Form, Kind
from maquette.services.content import Fresh, Wished
from maquette.services.illustrate import Ask as Wish

ContentId = Annotated[str, Path(pattern=r"^content_[0-9a-f]{32}$", description="The id of an article.")]
ImageId = Annotated[str, Path(pattern=r"^img_[0-9a-f]{32}$", description="The id of an image of an article.")]
_Words = Annotated[str, Field(max_length=8_000)]
_Number = Annotated[int, Field(ge=0, lt=2**63)]
_Title = Annotated[str, Field(max_length=500)]


class ContentPage(PageAsk):
    """Ask for a page of articles."""


class WishedImage(Ask):
    """A picture that an article is to have."""

    kind: Kind = "in_article"
    """`featured` stands at the top, `in_article` within; `desktop` and `mobile` stand in for the featured one."""
    prompt: _Words = ""
    """What it shows."""
    alt: _Words = ""
    """What is read out to those who do not see it."""
    caption: _Words = ""
    """What stands below it."""
    anchor: Annotated[int, Field(ge=0, lt=100_000)] | None = None
    """The number of the section in which it stands."""
    legacy_id: _Number | None = None
    """The number that it had before it was imported."""


class ContentCreate(Ask):
    """Hand in an article: its text, or the asset of a file."""

    title: _Title | None = None
    """Its title; without it, that of the document."""
    meta_title: _Title | None = None
    """Its title for search engines, which stands in where there is no other."""
    format: Form | None = None
    """What the text is written in; without it, Markdown, or what the file is."""
    body: Annotated[str, Field(min_length=1, max_length=16_000_000)] | None = None
    """Its text, in Markdown or HTML."""
    asset: Annotated[str, Field(pattern=r"^asset_[0-9a-f]{32}$")] | None = None
    """An uploaded file with its text, in Markdown, HTML or DOCX."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What differs for it from the settings of the workspace."""
    images: Annotated[list[WishedImage], Field(max_length=8)] | None = None
    """Its pictures; without them, they are drafted from the text."""
    legacy_id: _Number | None = None
    """The number that it had before it was imported."""

    @model_validator(mode="after")
    def _one_source(self) -> ContentCreate:
        if (self.body is None) == (self.asset is None):
            raise ValueError("give one of `body` and `asset`")
        if self.body is not None and self.format == "docx":
            raise ValueError("a DOCX is uploaded as an asset first")
        return self

    def fresh(self) -> Fresh:
        """Return what the service takes."""
        images = None if self.images is None else [Wished(**image.model_dump()) for image in self.images]
        return Fresh(
            self.body, self.asset, self.format, self.title, self.meta_title, self.settings, images, self.legacy_id
        )


class ContentChange(Ask):
    """Change what is said of an article; what is not given stays."""

    title: _Title | None = None
    """Its title."""
    meta_title: _Title | None = None
    """Its title for search engines."""
    settings: dict[str, Any] | None = None
    """What differs for it from the settings of the workspace."""


class ImageChange(Ask):
    """Change what an image shows, or what is said of it; what is not given stays."""

    prompt: _Words | None = None
    """What it shows."""
    alt: _Words | None = None
    """What is read out to those who do not see it."""
    caption: _Words | None = None
    """What stands below it."""


class ImagesAsk(Ask):
    """Ask for pictures of articles."""

    ids: Annotated[list[Label | _Number], Field(min_length=1, max_length=1_000)]
    """Articles, or images of them; also by the numbers that they had before they were imported."""
    only: Literal["pending", "failed", "all"] = "pending"
    """Which of them: those that are due, those that failed, or all anew."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What differs from the settings, for this once."""

    def wish(self) -> Wish:
        """Return what the service takes."""
        return Wish(self.ids, self.only, self.settings)
