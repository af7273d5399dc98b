"""Drafts by templates: no model, no key, no network, and no claim to be more."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.example import Example, shown_by
from maquette.core.params import Counted, Prompted, Seeded, hint
from maquette.providers.writer.phrasing import Tone
from maquette.providers.writer.template import Kind, Length, write

_LABEL: Final = "Written by templates from the words of the prompt; no language model took part."


class Draft(Seeded, Counted, Prompted):
    """Parameters of a draft."""

    model_config = shown_by(
        Example(
            "A short article",
            "A first draft by templates; no language model",
            {"prompt": "Why cities plant trees", "kind": "article", "length": "short"},
        )
    )

    prompt: Annotated[str, Field(pattern=r"\S", max_length=32_000, json_schema_extra=hint(widget="textarea"))]
    """What to write about, in English; further sentences are taken into the text as they are."""
    kind: Kind = "article"
    """What kind of text to write."""
    tone: Tone = "neutral"
    """How it should sound."""
    length: Length = "medium"
    """How long it should be."""


class Writer(Provider):
    """Short texts by templates, as a first draft and as a stand-in for a language model."""

    title = "Writer (built in)"
    keyless = True

    @operation(produces="text", title="Text to draft", free=True)
    async def txt2txt(self, params: Draft, call: Call) -> Result:
        """Write an article, a caption, alt text, an outline, a storyboard or a blurb from the words of a prompt."""
        outputs = [_draft(params, params.seed + number) for number in range(params.n)]
        await call.progress(1.0, "written")
        return Result(outputs)


def _draft(params: Draft, seed: int) -> Output:
    text = write(params.prompt, kind=params.kind, tone=params.tone, length=params.length, seed=seed)
    return Output(
        "text", content=text, name=f"{params.kind}.md", source="algorithm", seed=seed, notes={"label": _LABEL}
    )


PROVIDER = Writer()
