"""Examples of an action: parameters to start from, told in the schema that every reader has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import ConfigDict

from .params import hint


@dataclass(frozen=True, slots=True)
class Example:
    """Parameters to start from, and what they lead to."""

    title: str
    quality: str
    """What to expect of the result, in a few words that are true of it."""
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    picture: str = ""
    """A WebP of the result: a file beside the provider's module."""


def shown_by(*examples: Example) -> ConfigDict:
    """Return the `model_config` by which a parameter model shows its examples."""
    return ConfigDict(json_schema_extra=hint(examples=[asdict(example) for example in examples]))


def without_examples(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema as forms and tools read it: what it may show is told beside it."""
    return {key: value for key, value in schema.items() if key != "x-examples"}
