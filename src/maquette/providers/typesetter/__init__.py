"""Documents from Markdown: PDF by Typst and DOCX by python-docx, with no key and no network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.example import Example, shown_by
from maquette.core.params import ImageId, Params, hint, slider


class Document(Params):
    """Parameters of a typeset document."""

    model_config = shown_by(
        Example(
            "A page with a table",
            "Set like a book, in full",
            {
                "title": "Opening hours",
                "prompt": "| Day | Hours |\n| --- | --- |\n| Weekdays | 9 to 18 |\n| Sunday | 10 to 14 |",
            },
        )
    )

    prompt: Annotated[str, Field(min_length=1, max_length=200_000, json_schema_extra=hint(widget="textarea"))]
    """The text, in Markdown: headings, emphasis, lists, tables, code, quotes, links and pictures."""
    title: Annotated[str, Field(max_length=200)] = ""
    """The title above the text; without one the text begins at once."""
    author: Annotated[str, Field(max_length=200)] = ""
    """The name under the title."""
    title_page: bool = False
    """Give the title a page of its own."""
    format: Literal["pdf", "docx"] = "pdf"
    """PDF for reading and printing, DOCX for further editing."""
    paper: Literal["a4", "letter"] = "a4"
    """The size of the paper."""
    font_size: Annotated[float, slider(8, 16, step=0.5, advanced=True)] = 11.0
    """The size of the text in points."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] = "en"
    """The language of the text, which decides hyphenation and the shape of quotation marks."""
    images: Annotated[list[ImageId], Field(max_length=20, default_factory=list)]
    """Pictures, named in the text by id or by number as in `![A boat](1)`; the others follow at its end."""


class Typesetter(Provider):
    """Well set documents; the text is only ever data, so that nothing in it can run."""

    title = "Typesetter (built in)"
    keyless = True

    @override
    async def check(self, call: Call) -> None:
        """Typeset one word."""
        await _typeset(Document(prompt="Checked", images=[]), {}, call, "check.pdf")

    @operation(produces="document", title="Markdown to document", free=True)
    async def document(self, params: Document, call: Call) -> Result:
        """Typeset Markdown as a PDF or DOCX document."""
        files = dict[str, str]()
        for number, image in enumerate(params.images, 1):
            lent = await call.material(image)
            files[image] = call.file(f"picture-{number}", lent.content)
        name = f"document.{params.format}"
        made = await _typeset(params, files, call, name)
        await call.progress(1.0, "typeset")
        return Result([Output("document", path=name, name=name, source="typeset", notes=made)])


async def _typeset(params: Document, files: dict[str, str], call: Call, target: str) -> dict[str, Any]:
    return await call.offload(
        "maquette.providers.typesetter.engine:typeset",
        markdown=params.prompt,
        layout=params.model_dump(include={"title", "author", "title_page", "paper", "font_size"})
        | {"language": params.language.partition("-")[0]},
        images=files,
        format=params.format,
        target=target,
    )


PROVIDER = Typesetter()
