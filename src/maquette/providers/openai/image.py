"""Make and change pictures: parameters, requests and answers of the image endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import pybase64
from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Call, Material, Output, Price, Result, ServerEvent, Upload
from maquette.core.answer import decoded
from maquette.core.errors import OutcomeUnknown
from maquette.core.params import ImageId, Prompted, hint, mask, slider

from .money import picture_price
from .wire import failure

Quality = Literal["auto", "low", "medium", "high", "xhigh", "max"]
_MODEL: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox", refresh=True))
_MaskId = Annotated[str, mask(paint="transparent")]
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_WIRE_NAMES = {
    "format": "output_format",
    "compression": "output_compression",
    "fidelity": "input_fidelity",
    "frames": "frame_count",
    "frame_ms": "frame_duration_ms",
}
_SAID = ("size", "quality", "background", "format", "complexity")


class Painted(Prompted):
    """What every request for pictures has."""

    former: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "quality": {"standard": "auto", "hd": "high"},
        "style": {"vivid": "", "natural": ""},
        "response_format": {"b64_json": "", "url": ""},
    }

    model: Annotated[str, _MODEL] = "gpt-image-2.5-flare"
    """The model: flare is fast, sunburst is precise; a compatible server has names of its own."""
    n: Annotated[int, Field(ge=1, le=10, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    size: Annotated[
        str,
        Field(
            pattern=r"^(auto|[1-9]\d{1,3}x[1-9]\d{1,3})$",
            examples=["auto", "1024x1024", "1536x1024", "1024x1536", "2048x2048", "3840x2160"],
        ),
    ] = "auto"
    """Width and height in pixels, multiples of 16 for the vendor's own models, no more than 3:1."""
    quality: Quality = "auto"
    """More takes longer and costs more; `xhigh` and `max` need a 2.5 model or newer."""
    background: Literal["auto", "opaque", "transparent"] = "auto"
    """What is behind the subject; `transparent` needs PNG or WebP."""
    format: Literal["png", "jpeg", "webp", "gif"] = "png"
    """The file format; a moving GIF needs an account to which the vendor opened it."""
    compression: Annotated[int, slider(0, 100, advanced=True)] = 100
    """The quality of JPEG and WebP files."""
    complexity: Annotated[Literal["auto", "low", "medium", "high"], _ADVANCED] = "auto"
    """How much planning goes before the painting; only 2.6 models know it."""
    frames: Annotated[int, Field(ge=2, le=16, json_schema_extra=hint(advanced=True))] = 9
    """How many pictures a GIF has."""
    frame_ms: Annotated[int, Field(ge=20, le=5_000, json_schema_extra=hint(advanced=True))] = 200
    """How long each picture of a GIF stands, in milliseconds."""
    partial_images: Annotated[int, Field(ge=0, le=3, json_schema_extra=hint(advanced=True))] = 0
    """Unfinished pictures to show meanwhile, for n = 1; each costs about 100 tokens."""

    @property
    def grows(self) -> bool:
        """Whether the picture is shown while it grows."""
        return self.partial_images > 0 and self.n == 1 and self.format != "gif"


class Imagine(Painted):
    """Parameters of a picture made from words."""

    moderation: Annotated[Literal["auto", "low"], _ADVANCED] = "auto"
    """How strictly the vendor filters."""


class Changed(Painted):
    """What every request to change pictures has."""

    image: ImageId
    """The picture to change."""
    fidelity: Annotated[Literal["auto", "low", "high"], _ADVANCED] = "auto"
    """How closely the picture is kept; only models before the second generation can be told."""


class Edit(Changed):
    """Parameters of a picture made from pictures."""

    references: Annotated[tuple[ImageId, ...], Field(max_length=15), _ADVANCED] = ()
    """More pictures to draw from."""
    mask: _MaskId | None = None
    """A PNG of the same size as the picture, transparent where it may change."""
    markup: Annotated[ImageId | None, _ADVANCED] = None
    """A PNG of the same size with marks drawn on a transparent ground, in place of a mask; from 2.5 on."""


class Inpaint(Changed):
    """Parameters of a repaint of one part."""

    mask: _MaskId
    """A PNG of the same size as the picture, transparent where it may change."""


class _Details(msgspec.Struct):
    text_tokens: int = 0
    image_tokens: int = 0


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_tokens_details: _Details | None = None

    def by_rate(self) -> dict[str, int]:
        seen = self.input_tokens_details.image_tokens if self.input_tokens_details else 0
        return {"input": self.input_tokens - seen, "image_input": seen, "output": self.output_tokens}


class _Picture(msgspec.Struct):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None


class _Traits(msgspec.Struct):
    background: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None
    usage: _Usage | None = None


class _Album(_Traits):
    data: list[_Picture] = []


class _Step(_Traits):
    type: str = ""
    b64_json: str | None = None
    error: Any = None


def generation(params: Imagine) -> dict[str, Any]:
    """Return the JSON body of a request for pictures."""
    return _fields(params) | ({"moderation": params.moderation} if params.moderation != "auto" else {})


def edition(
    params: Edit | Inpaint, images: Sequence[Material], overlays: Mapping[str, Material | None]
) -> list[Upload]:
    """Return the parts of a request to change pictures; the overlays are `mask` and `markup`."""
    field = "image" if len(images) == 1 else "image[]"
    parts = [Upload(name, _plain(value)) for name, value in _fields(params).items()]
    parts += [Upload(field, image.content, image.name, image.mime) for image in images]
    return parts + [Upload(word, each.content, each.name, each.mime) for word, each in overlays.items() if each]


def _plain(value: object) -> bytes:
    return str(value).lower().encode() if isinstance(value, bool) else str(value).encode()


def _fields(params: Painted) -> dict[str, Any]:
    # Compatible servers refuse words that they do not know, so what is at its default stays unsaid.
    said = {"model": params.model, "prompt": params.prompt, "n": params.n}
    more = ("frames", "frame_ms") if params.format == "gif" else ("compression",)
    for word in (*_SAID, *more, *(("fidelity",) if isinstance(params, Changed) else ())):
        value = getattr(params, word)
        if value != type(params).model_fields[word].default:
            said[_WIRE_NAMES.get(word, word)] = value
    return said | ({"stream": True, "partial_images": params.partial_images} if params.grows else {})


def album(model: str, body: bytes) -> Result:
    """Read the answer that holds all pictures."""
    read = decoded(body, _Album)
    return _result(model, read, read.data)


async def streamed(
    call: Call, path: str, model: str, *, body: Mapping[str, Any] | None = None, parts: Sequence[Upload] = ()
) -> Result:
    """Follow one picture as it grows: show the unfinished ones and read the last."""
    done: _Step | None = None
    async for event in call.http.stream("POST", path, body=body, parts=parts):
        step = _step(event)
        if step is not None and step.type.endswith(".partial_image") and step.b64_json:
            await call.preview(_bytes(step.b64_json))
        elif step is not None and step.type.endswith(".completed"):
            done = step
    if done is None:
        raise OutcomeUnknown("The stream ended before the picture was complete")
    return _result(model, done, [_Picture(b64_json=done.b64_json)])


def _step(event: ServerEvent) -> _Step | None:
    if event.data.strip() in ("", "[DONE]"):
        return None
    step = decoded(event.data, _Step)
    if event.event == "error" or step.type == "error" or step.error is not None:
        raise failure(step.error or event.data)
    return step


def _result(model: str, traits: _Traits, pictures: Sequence[_Picture]) -> Result:
    made = [_output(picture) for picture in pictures]
    if not made:
        raise OutcomeUnknown("The provider's answer holds no picture")
    usage = traits.usage or _Usage()
    response = {
        "model": model,
        "background": traits.background,
        "format": traits.output_format,
        "quality": traits.quality,
        "size": traits.size,
        "usage": msgspec.to_builtins(traits.usage) if traits.usage else None,
    }
    told = {word: value for word, value in response.items() if value is not None}
    cost = charge.cost("openai", model, usage.by_rate()) if traits.usage else None
    return Result(made, cost=cost, response=told)


def _output(picture: _Picture) -> Output:
    notes = {"revised_prompt": picture.revised_prompt} if picture.revised_prompt else {}
    if picture.b64_json:
        return Output("image", content=_bytes(picture.b64_json), notes=notes)
    if picture.url:
        return Output("image", url=picture.url, notes=notes)
    raise OutcomeUnknown("The provider's answer holds neither a picture nor its address")


def _bytes(text: str) -> bytes:
    return pybase64.b64decode(text, validate=True)


def generation_price(params: Imagine) -> Price | None:
    """Estimate a request for pictures."""
    return _price(params, 0)


def edit_price(params: Edit | Inpaint) -> Price | None:
    """Estimate a request to change pictures."""
    inputs = 1 + (len(params.references) + (params.mask is not None) if isinstance(params, Edit) else 1)
    return _price(params, inputs)


def _price(params: Painted, inputs: int) -> Price | None:
    extra = (params.partial_images if params.grows else 0, inputs)
    return picture_price(params.model, params.prompt, size=params.size, quality=params.quality, n=params.n, extra=extra)
