"""Typeset Markdown into PDF or DOCX; runs in the child process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from maquette.providers.typesetter.block import clean, read
from maquette.providers.typesetter.picture import place

Format = Literal["pdf", "docx"]
Paper = Literal["a4", "letter"]

_SIZES: Final = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
_MIMES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Say how a document looks and what stands on its title."""

    title: str = ""
    author: str = ""
    title_page: bool = False
    paper: Paper = "a4"
    font_size: float = 11
    language: str = "en"

    @property
    def page(self) -> tuple[float, float]:
        """The width and height of the paper in points."""
        return _SIZES[self.paper]

    @property
    def margin(self) -> float:
        """The margin at the sides in points: lines of about 75 letters at any font size."""
        return max(54.0, (self.page[0] - 39 * self.font_size) / 2)

    @property
    def room(self) -> tuple[float, float]:
        """The width and height in points that a picture may take."""
        return self.page[0] - 2 * self.margin, 0.6 * self.page[1]


def typeset(
    markdown: str,
    *,
    layout: dict[str, Any],
    images: dict[str, str],
    format: Format,  # noqa: A002 - the common word
    target: str,
) -> dict[str, Any]:
    """Typeset `markdown` into the file `target`.

    Args:
        markdown: The text, which is only ever data.
        layout: The fields of `Layout`.
        images: The file of each picture by the name that the text uses, e.g. `![A boat](asset_…)` or `![A boat](1)`.
        format: `pdf` or `docx`.
        target: The file to write, in the working folder.

    Returns:
        `mime`, `pages` (of a PDF; 0 where only the reader decides) and `words`.
    """
    wanted = _cleaned(Layout(**layout))
    blocks = read(markdown, language=wanted.language)
    with TemporaryDirectory(prefix="root-", dir=".") as root:
        placed = place(blocks, images, Path(root), wanted.room)
        # Each renderer is a large library, so only the one that is needed is loaded.
        if format == "pdf":
            from maquette.providers.typesetter.pdf import write as write_pdf  # noqa: PLC0415

            pages = write_pdf(placed, wanted, Path(root), Path(target))
        else:
            from maquette.providers.typesetter.docx import write as write_docx  # noqa: PLC0415

            pages = write_docx(placed, wanted, Path(root), Path(target))
    return {"mime": _MIMES[format], "pages": pages, "words": len(markdown.split())}


def _cleaned(layout: Layout) -> Layout:
    return replace(layout, title=clean(layout.title), author=clean(layout.author))
