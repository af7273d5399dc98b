"""What a workspace sets for the pictures of its articles: provider, model, kind, number, format and devices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from .documented import Documented

IMAGE_GENERATION = "image_generation"
"""The name under which these settings are kept."""
_MODEL = re.compile(r"[A-Za-z]*Model")
"""How older documents called the model: `runwareModel`, `imageModel` and the like."""


def renamed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings under their names of today; where both are there, that of today is meant."""
    made = dict(config)
    service = made.pop("service", None)
    if service is not None:
        made.setdefault("provider", service)
    older = [word for word in made if _MODEL.fullmatch(word)]
    chosen = f"{made.get('provider', '')}Model"
    for word in sorted(older, key=lambda word: word != chosen):  # that of the chosen provider goes before others
        value = made.pop(word)
        if value:
            made.setdefault("model", value)
    return made


class ImageIntegration(Documented):
    """Settings of the pictures that are made for articles, one for each workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    provider: Annotated[str, Field(min_length=1, max_length=64)] = "painter"
    """Who makes them."""
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The model; without one, the provider's usual."""
    image_type: Literal["realistic", "artistic", "cartoon"] = "realistic"
    """What they look like."""
    max_in_article_images: Annotated[int, Field(ge=1, le=5)] = 2
    """How many stand in one article, beside the featured one."""
    image_format: Literal["webp", "jpg", "png"] = "webp"
    """What they are kept as."""
    desktop_enabled: bool = True
    """Whether there are pictures for wide screens."""
    mobile_enabled: bool = False
    """Whether there are pictures for narrow screens."""
    is_active: bool = True
    """Whether pictures may be made for articles at all."""

    @model_validator(mode="before")
    @classmethod
    def _rename(cls, data: Any) -> Any:
        return renamed(data) if isinstance(data, dict) else data
