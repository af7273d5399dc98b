"""What a workspace sets about keeping house: what may go, what is made smaller, what is reused, what is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from maquette.core.params import Media

from .documented import Documented

NAME = "housekeeping"
"""The name under which these settings are kept."""


class Section(Documented):
    """Base of every part: closed, so that a misspelt word is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Rule(Section):
    """Which files go; all that is said must hold. What is kept, chosen or in use never goes."""

    media: Annotated[list[Media], Field(max_length=5)] = Field(default_factory=list)
    """Only these media; all, where none is named."""
    older_than_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Only what is older."""
    larger_than_mb: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Only single files that are larger, in millions of bytes."""
    most_mb: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """Only what is over so many millions of bytes in all, the oldest first."""
    drafts: bool = False
    """Only what was tried for a question and not chosen."""

    @model_validator(mode="after")
    def _bounded(self) -> Rule:
        if self.older_than_days is None and self.larger_than_mb is None and self.most_mb is None:
            raise ValueError("say at least one of `older_than_days`, `larger_than_mb` and `most_mb`")
        return self


class Screen(Section):
    """A content filter that is switched on."""

    filter: Annotated[str, Field(min_length=1, max_length=64)]
    """Its name."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Its settings, by its schema."""


class Housekeeping(Section):
    """How one workspace keeps house; as it comes, nothing is deleted, made smaller or refused."""

    rules: Annotated[list[Rule], Field(max_length=50)] = Field(default_factory=list)
    """What goes into the bin once a day, from which it can be brought back for a week."""
    compress: bool = False
    """Store made PNG pictures as lossless WebP, proven equal pixel by pixel before the original goes."""
    reuse: Literal["seeded", "asked", "off"] = "seeded"
    """Which requests may be answered by the result of an equal one: those with a seed of their own that would cost
    money, only those that say `cache: true`, or none."""
    reuse_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How old such a result may be."""
    filters: Annotated[list[Screen], Field(max_length=20)] = Field(default_factory=list)
    """What prompts and results are held against; none, as it comes."""
