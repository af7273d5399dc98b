"""What callers send about templates."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import ConfigDict, Field, model_validator

from maquette.core.documented import Documented
from maquette.core.prompt import LONGEST
from maquette.services.template import Filling

TemplateId = Annotated[str, Path(min_length=1, max_length=128, description="The id or the name of a template.")]
ListName = Annotated[str, Path(min_length=1, max_length=64, description="The name of a list.")]
_Name = Annotated[str, Field(min_length=1, max_length=128)]
_Own = Annotated[str, Field(min_length=1, max_length=8_000)] | None


class Ask(Documented):
    """Base of these bodies."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class RenderAsk(Ask):
    """Fill a template in."""

    values: Annotated[dict[str, Any], Field(max_length=200)] = Field(default_factory=dict)
    """The value of each variable, by name."""
    conversation: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """The conversation whose context fills the variables that are mapped to it; by its id, or its number of old."""
    context: Annotated[dict[str, Any], Field(max_length=200)] = Field(default_factory=dict)
    """Context that the caller brings itself; it goes before the conversation's."""
    style: Annotated[str, Field(max_length=64)] | None = None
    """A style in place of the template's own; an empty one is none."""
    base_prompt: _Own = None
    """A prompt for this request alone, in place of the template's."""
    negative_prompt: _Own = None
    """What to keep out, for this request alone."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """By which a varied prompt is drawn; without one, by chance."""

    def filling(self, name: str) -> Filling:
        """Return what the service fills in."""
        own = {"base_prompt": self.base_prompt, "negative_prompt": self.negative_prompt}
        return Filling(
            name=name,
            values=self.values,
            conversation=self.conversation,
            context=self.context,
            style=self.style,
            own={word: text for word, text in own.items() if text is not None},
            seed=self.seed,
        )


class TemplateUse(RenderAsk):
    """Take the prompt of a job from a template; parameters of the request go before the template's."""

    name: _Name
    """The id or the name of the template."""


class PreviewAsk(Ask):
    """Fill in a template that is not kept."""

    template: dict[str, Any]
    """The template as it is written."""
    values: Annotated[dict[str, Any], Field(max_length=200)] = Field(default_factory=dict)
    """Values in place of the template's examples."""


class VaryAsk(Ask):
    """Write out what a varied prompt becomes."""

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    """The prompt, with `{a|b}`, `{1-5}` and `__list__`."""
    n: Annotated[int, Field(ge=1, le=200)] | None = None
    """How many to draw; without it, every combination."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """By which they are drawn."""


class PackAsk(Ask):
    """Take templates over: a pack, its text, or the address of one."""

    pack: dict[str, Any] | Annotated[str, Field(max_length=1_000_000)] | None = None
    """The pack, or its text in JSON or YAML."""
    url: Annotated[str, Field(min_length=1, max_length=4_000)] | None = None
    """A public address of a pack; private ones are refused."""

    @model_validator(mode="after")
    def _one(self) -> PackAsk:
        if (self.pack is None) is (self.url is None):
            raise ValueError("give either `pack` or `url`")
        return self


class LinesAsk(Ask):
    """Keep a list."""

    lines: Annotated[list[Annotated[str, Field(min_length=1, max_length=1_000)]], Field(min_length=1, max_length=2_000)]
    """The lines, of which a varied prompt takes one."""
