"""Presets at the address and in the words of the media generation document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from maquette.api.ask import Ask, Label
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.core import preset as documents
from maquette.core.errors import NotFound
from maquette.core.params import Media
from maquette.core.preset import Strategy
from maquette.services import preset as presets
from maquette.services import stats
from maquette.services.preset import PresetView

DOORS = Doors("/api/media/presets", "presets")
_DAYS = 30


class ModelWord(Ask):
    """One model of a preset."""

    provider: Label
    """Whose it is."""
    model: Label | None = None
    """Its name; without one, the provider's usual."""
    weight: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 1
    """How often it is drawn in comparison with the others, where they are mixed by weight."""
    account: Label | None = None
    """The id or the name of its account; without one, any of the provider."""


class MediaPresetAsk(Ask):
    """Make a preset: a primary model with fallbacks, or models that are mixed."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What people call it."""
    media_type: Annotated[Media, Field(alias="mediaType")]
    """What it makes."""
    workflow_type: Annotated[Literal["simple", "adaptive"], Field(alias="workflowType")] = "simple"
    """One model after the other, or a choice among them."""
    mixing_strategy: Annotated[Literal["weighted", "ensemble", "sequential"] | None, Field(alias="mixingStrategy")] = (
        None
    )
    """How the models are mixed, where they are."""
    primary: Annotated[ModelWord | None, Field(alias="primaryModel")] = None
    """The model that is tried first."""
    fallbacks: Annotated[list[ModelWord], Field(alias="fallbackModels", max_length=49)] = Field(default_factory=list)
    """The models that are tried after it, in order."""
    models: Annotated[list[ModelWord], Field(max_length=50)] = Field(default_factory=list)
    """The models in order, in place of `primaryModel` and `fallbackModels`."""
    max_attempts: Annotated[int | None, Field(alias="maxAttempts", ge=1, le=20)] = None
    """How often each model is tried with a request that was proven unsent or refused."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Of several presets of a medium the one with the highest serves."""
    is_active: Annotated[bool, Field(alias="isActive")] = True
    """Whether it may be used."""

    @model_validator(mode="after")
    def _some_model(self) -> MediaPresetAsk:
        if bool(self.models) == (self.primary is not None):
            raise ValueError("give `models`, or `primaryModel` with `fallbackModels`")
        return self

    @property
    def strategy(self) -> Strategy:
        """The strategy that these words mean."""
        if self.mixing_strategy is not None:
            return self.mixing_strategy
        return "fallback" if self.workflow_type == "simple" else "adaptive"

    @property
    def chain(self) -> list[ModelWord]:
        """The models in order."""
        return self.models or [model for model in (self.primary, *self.fallbacks) if model is not None]


@DOORS.get("", "viewer", include_in_schema=False)
async def media_presets(studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """List the presets in the document's words, with how they fared."""
    found = await stats.figures(studio, caller, _DAYS)
    rates = {row.name: row.success_rate for row in found.presets}
    return {"presets": [_told(view, rates.get(view.definition.id)) for view in await presets.listed(studio, caller)]}


@DOORS.post("", "member", include_in_schema=False, status_code=201)
async def media_create_preset(ask: MediaPresetAsk, studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Keep a preset that is written in the document's words."""
    body = {
        "title": ask.name,
        "media": ask.media_type,
        "strategy": ask.strategy,
        "candidates": [_candidate(studio, ask.media_type, model) for model in ask.chain],
        "priority": ask.priority,
        "enabled": ask.is_active,
        "max_attempts": ask.max_attempts,
    }
    return {"success": True, "preset": _told(await presets.create(studio, caller, documents.read(body)), None)}


def _candidate(studio: TheStudio, media: Media, model: ModelWord) -> dict[str, Any]:
    """Return the candidate that a model is: the provider's action that makes the medium from a prompt."""
    fitting = [
        action
        for action in studio.registry.of(model.provider).values()
        if action.produces == media and set(action.schema().get("required", ())) <= {"prompt"}
    ]
    if not fitting:
        raise NotFound(
            f"Provider {model.provider!r} makes no {media} from a prompt",
            hint="GET /api/v1/providers tells what each makes.",
        )
    params = {"model": model.model} if model.model else {}
    return {"action": fitting[0].name, "params": params, "weight": model.weight, "account": model.account}


def _told(view: PresetView, rate: float | None) -> dict[str, Any]:
    preset = view.preset
    models = [
        {"provider": entry.action.split(".")[1], "model": entry.params.get("model"), "weight": entry.weight}
        for entry in preset.candidates
    ]
    return {
        "id": view.definition.id,
        "name": preset.title,
        "mediaType": preset.media,
        "workflowType": "simple" if preset.strategy == "fallback" else "adaptive",
        "mixingStrategy": preset.strategy if preset.strategy in ("weighted", "ensemble", "sequential") else None,
        "primaryModel": models[0],
        "fallbackModels": models[1:],
        "maxAttempts": preset.max_attempts or 3,
        "priority": preset.priority,
        "isActive": preset.enabled,
        "successRate": rate,
        "createdAt": view.created_at,
    }
