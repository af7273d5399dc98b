"""What callers send about conversations."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, model_validator

from maquette.api.ask import Ask, Label
from maquette.api.ask_template import TemplateUse
from maquette.core.conversation import MOST_TEXT, MOST_TITLE, Speaker
from maquette.core.params import Media
from maquette.engine.plan import Wanted
from maquette.services.template import Filling

ConversationId = Annotated[
    str,
    Path(
        pattern=r"^(conv_[0-9a-f]{32}|[0-9]{1,19})$",
        description="The id of a conversation, or the number that it had before it was imported.",
    ),
]
Title = Annotated[str, Field(max_length=MOST_TITLE, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ConversationAsk(Ask):
    """Begin a conversation."""

    title: Title = ""
    """What it is called; without one, by its first words."""


class ConversationChange(Ask):
    """Change a conversation."""

    title: Annotated[Title, Field(min_length=1)]
    """What it is called."""


class TargetAsk(Ask):
    """Say what serves: an action, a preset, or a media type; its parameters by the action's schema."""

    action: Label | None = None
    """The action to run."""
    media: Media | None = None
    """What to make, where the provider does not matter."""
    preset: Label | None = None
    """The id or the name of the preset that chooses what serves."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters."""
    account: Label | None = None
    """The id or the name of the account to use."""
    strict: bool = False
    """Refuse to change any parameter."""

    @model_validator(mode="after")
    def _one_target(self) -> TargetAsk:
        if [self.action, self.media, self.preset].count(None) < 2:
            raise ValueError("give at most one of `action`, `media` and `preset`")
        if self.preset is not None and self.account is not None:
            raise ValueError("`account` does not go with `preset`, whose candidates name their accounts")
        return self

    def wanted(self, media: Media) -> Wanted:
        """Return what the engine plans from; `media` is what is made where nothing is named."""
        named = self.action or self.preset or self.media
        return Wanted(
            action=self.action,
            media=self.media if named else media,
            preset=self.preset,
            params=self.params,
            account=self.account,
            strict=self.strict,
        )


class GenerateAsk(TargetAsk):
    """Make media from a conversation."""

    template: TemplateUse | None = None
    """A template that gives the prompt, filled from the conversation; parameters of the request go before its own."""

    def filling(self, conversation: str) -> Filling | None:
        """Return how its template is filled in, if it has one; from this conversation where it names no other."""
        if self.template is None:
            return None
        filling = self.template.filling(self.template.name)
        return filling if filling.conversation else replace(filling, conversation=conversation)


class MessageAsk(Ask):
    """Say something."""

    text: Annotated[str, Field(pattern=r"\S", max_length=MOST_TEXT)]
    """The words."""
    role: Speaker = "user"
    """Who says them."""
    reply: TargetAsk | None = None
    """What is to answer, as a job whose text becomes the next message; an empty object takes what makes text here."""


class SummaryAsk(Ask):
    """Ask for a summary."""

    sentences: Annotated[int, Field(ge=1, le=20)] = 3
    """Most sentences."""
    reply: TargetAsk | None = None
    """What is to write it, as a job; without it, it is made of the conversation's own sentences."""


class ImportAsk(Ask):
    """Import conversations."""

    document: dict[str, Any] | list[Any]
    """A list of `{role, content}`, an object with such `messages`, or the export of a chat with its `mapping`."""
