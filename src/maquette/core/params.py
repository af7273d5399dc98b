"""The parameter model: one pydantic class is the form, the flags, the SDK, the docs and the check."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypedDict, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from .documented import Documented

Media = Literal["image", "video", "audio", "text", "document"]
MEDIA: tuple[Media, ...] = get_args(Media)
Product = Media | Literal["data"]
"""What an action makes: a medium, or a value that is kept with its job."""

HINTS = frozenset(
    {
        "x-accept",
        "x-advanced",
        "x-assist",
        "x-common",
        "x-examples",
        "x-group",
        "x-late",
        "x-layout",
        "x-mask",
        "x-options",
        "x-order",
        "x-page",
        "x-placeholder",
        "x-refresh",
        "x-schema",
        "x-step",
        "x-summary",
        "x-unit",
        "x-visible",
        "x-widget",
    }
)
"""The closed vocabulary of layout hints; a provider may say what a field is, never how it is drawn."""


class Warned(TypedDict):
    """One change that was made to what was asked."""

    field: str
    asked: Any
    used: Any
    why: str


class Schema(GenerateJsonSchema):
    """Write JSON Schema as every reader takes it: an optional field is simply not required."""

    @override
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        return {k: v for k, v in made.items() if not (k == "default" and v is None)}


class Params(Documented):
    """Base of every parameter model: closed, frozen; the docstring under a field is its help."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)
    former: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """What some words took in former days, and what stands for each value now; `""` drops it."""

    @classmethod
    def schema_of(cls) -> dict[str, Any]:
        """Return the JSON Schema of this model; the top level is the caller's own."""
        return schema_of(cls)


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a model, made once; the top level is the caller's own."""
    return dict(_schema(model))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(schema_generator=Schema)


class OpenParams(Params):
    """Parameters whose schema comes from outside: any words, checked by JSON Schema against the one shown."""

    model_config = ConfigDict(extra="allow")

    @property
    def values(self) -> dict[str, Any]:
        """The words as they were given."""
        return dict(self.model_extra or {})


def hint(**words: Any) -> dict[str, Any]:
    """Spell layout hints as schema keys: `hint(widget="textarea")` is `{"x-widget": "textarea"}`."""
    return {f"x-{word.replace('_', '-')}": value for word, value in words.items()}


def slider(low: float, high: float, *, step: float = 1, advanced: bool = False) -> Any:
    """Bound a number and mark it as one that is best chosen on a slider."""
    words = {"widget": "slider", "step": step} | ({"advanced": True} if advanced else {})
    return Field(ge=low, le=high, json_schema_extra=hint(**words))


_ASSET_ID = r"^asset_[0-9a-f]{32}$"


def asset(*media: Media) -> Any:
    """Mark a field that holds the id of an asset of one of these media."""
    return Field(pattern=_ASSET_ID, json_schema_extra=hint(widget="asset", accept=list(media)))


def mask(*, over: str = "image", paint: Literal["white", "transparent"] = "white") -> Any:
    """Mark a field that holds a picture of the parts of another one, so that it can be painted over that one.

    Args:
        over: The field with the picture that is painted over.
        paint: What the marked parts are; the others are black.
    """
    words = hint(widget="mask", accept=["image"], mask={"over": over, "paint": paint})
    return Field(pattern=_ASSET_ID, json_schema_extra=words)


ImageId = Annotated[str, asset("image")]
VideoId = Annotated[str, asset("video")]
AudioId = Annotated[str, asset("audio")]
MaskId = Annotated[str, mask()]
"""A picture that is white where another one is to be changed, and black where it stays."""


_IMPROVE = {"action": "prompt.enhance", "field": "prompt", "title": "Improve"}


class Prompted(Params):
    """Anything that starts from a prompt."""

    prompt: Annotated[
        str, Field(min_length=1, max_length=32_000, json_schema_extra=hint(widget="textarea", assist=_IMPROVE))
    ]
    """What to make, in your own words."""


class Avoiding(Params):
    """Anything that takes a negative prompt."""

    negative_prompt: Annotated[
        str, Field(max_length=32_000, json_schema_extra=hint(widget="textarea", advanced=True))
    ] = ""
    """What to keep out of the result."""


class Seeded(Params):
    """Anything that can be repeated by its seed."""

    seed: Annotated[int, Field(ge=-1, le=2**32 - 1, json_schema_extra=hint(widget="seed", advanced=True))] = -1
    """Same seed, same parameters, same result; -1 draws a fresh one, and the one used is kept."""


class Counted(Params):
    """Anything of which several can be asked for at once."""

    most: ClassVar[int] = 4
    n: Annotated[int, Field(ge=1, le=4, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""


class Sized(Params):
    """A picture of a width and a height in pixels."""

    width: Annotated[int, slider(64, 2048, step=8)] = 1024
    """Width in pixels."""
    height: Annotated[int, slider(64, 2048, step=8)] = 1024
    """Height in pixels."""


class Stepped(Params):
    """The two dials of diffusion models."""

    steps: Annotated[int, slider(1, 150, advanced=True)] = 20
    """How many refinement steps: more gives better quality and takes longer."""
    guidance: Annotated[float, slider(0, 30, step=0.5, advanced=True)] = 7.0
    """How closely to follow the prompt (CFG): higher adheres more, lower is freer."""
