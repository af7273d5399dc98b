"""Make films: Omni by Interactions, and Veo where Vertex still serves it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pybase64
from pydantic import Field

from maquette import catalog
from maquette.catalog import charge
from maquette.core.action import Material, Output, Price, Result
from maquette.core.answer import decoded, plain
from maquette.core.errors import ContentRejected, GenerationFailed
from maquette.core.inline import base64_of
from maquette.core.params import Avoiding, ImageId, Prompted, slider

from .content import ADVANCED, MODEL, NAME, check_size
from .interaction import pictured

_TOKENS_A_SECOND = {"360p": 1886, "720p": 5714, "1080p": 8571, "4k": 17143}
"""Tokens of a second of film, from the vendor's price of a second and of a token; but for 720p by resellers."""


class Film(Prompted, Avoiding):
    """Parameters of a film made from words."""

    model: Annotated[str, MODEL] = "gemini-omni-1.2-flash"
    """The model; Veo is served by Vertex alone."""
    aspect_ratio: Literal["16:9", "9:16"] = "16:9"
    """Width to height."""
    resolution: Literal["360p", "720p", "1080p", "4k"] = "720p"
    """How large; Veo makes 720p and 1080p."""
    duration: Annotated[int, slider(3, 15)] = 8
    """How many seconds; Veo makes 4, 6 or 8."""
    audio: Annotated[bool, ADVANCED] = True
    """Whether there is sound; only Veo can leave it out."""
    people: Annotated[Literal["auto", "dont_allow", "allow_adult", "allow_all"], ADVANCED] = "auto"
    """Whether people may be shown; only Veo asks."""


class Animate(Film):
    """Parameters of a film made from a picture."""

    image: ImageId
    """The picture that the film begins with."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=5), ADVANCED] = ()
    """More pictures to draw from; then no picture is the first frame."""
    last_image: ImageId | None = None
    """The picture that the film ends with; only Veo takes one."""


def is_veo(model: str) -> bool:
    """Tell whether a model is one of the old kind, with an endpoint of its own."""
    return model.startswith("veo-")


def filming(params: Film, images: Sequence[Material] = ()) -> dict[str, Any]:
    """Return the JSON body for Omni; what to keep out goes into the words, since nothing else takes it."""
    avoided = f"\n\nKeep out of the film: {params.negative_prompt}" if params.negative_prompt else ""
    said = params.prompt + avoided
    task = "text_to_video" if not images else "image_to_video" if len(images) == 1 else "reference_to_video"
    return {
        "model": params.model,
        "input": [{"type": "text", "text": said}, *pictured(images)] if images else said,
        "background": True,
        "store": True,
        "response_format": {
            "type": "video",
            "aspect_ratio": params.aspect_ratio,
            "resolution": params.resolution,
            "duration": f"{params.duration}s",
            "delivery": "uri",
        },
        "generation_config": {"video_config": {"task": task}},
    }


def _raw(image: Material) -> dict[str, str]:
    return {"bytesBase64Encoded": base64_of(image), "mimeType": image.mime}


def submitting(
    params: Film, image: Material | None = None, last: Material | None = None, references: Sequence[Material] = ()
) -> dict[str, Any]:
    """Return the JSON body for Veo."""
    check_size([each for each in (image, last, *references) if each is not None])
    instance: dict[str, Any] = {"prompt": params.prompt}
    if references and image is not None:
        shown = [{"image": _raw(each), "referenceType": "asset"} for each in (image, *references)]
        instance["referenceImages"] = shown
    elif image is not None:
        instance["image"] = _raw(image)
    if last is not None:
        instance["lastFrame"] = _raw(last)
    said = {
        "sampleCount": 1,
        "durationSeconds": params.duration,
        "aspectRatio": params.aspect_ratio,
        "resolution": params.resolution,
        "generateAudio": params.audio,
        "negativePrompt": params.negative_prompt,
        "personGeneration": params.people,
    }
    return {"instances": [instance], "parameters": {k: v for k, v in said.items() if v not in ("auto", "")}}


class _Video(msgspec.Struct, rename="camel"):
    bytes_base64_encoded: str | None = None
    gcs_uri: str | None = None


class _Made(msgspec.Struct, rename="camel"):
    videos: list[_Video] | None = None
    rai_media_filtered_count: int | None = 0
    rai_media_filtered_reasons: list[str] | None = None


class _Fault(msgspec.Struct):
    code: int | None = None
    message: str | None = None


class Operation(msgspec.Struct):
    """What Vertex says of long work."""

    name: str = ""
    done: bool = False
    response: _Made | None = None
    error: _Fault | None = None


def operated(params: Film, body: bytes) -> Result | None:
    """Return what Veo made, None while it works; raises `ContentRejected` where its filter took it."""
    found = decoded(body, Operation)
    if not found.done:
        return None
    if found.error is not None:
        raise GenerationFailed(f"The provider failed: {plain(found.error.message)}", provider_code=found.error.code)
    made = found.response or _Made()
    films = [
        Output("video", content=pybase64.b64decode(each.bytes_base64_encoded, validate=True))
        for each in made.videos or ()
        if each.bytes_base64_encoded
    ]
    if films:
        used = {_by_second(params): params.duration * len(films)}
        return Result(films, cost=charge.cost(NAME, params.model, used), response={"operation": found.name})
    if made.rai_media_filtered_count or made.rai_media_filtered_reasons:
        why = plain((made.rai_media_filtered_reasons or ["the provider gave no reason"])[0])
        raise ContentRejected(f"The provider's safety system refused: {why}")
    raise GenerationFailed("The provider is done and gave no film")


def _by_second(params: Film) -> str:
    rates = catalog.price(NAME, params.model) or {}
    finer = f"seconds_{params.resolution}"
    return finer if finer in rates else "seconds"


def filming_price(params: Film) -> Price | None:
    """Estimate a film."""
    if is_veo(params.model):
        return charge.expected(NAME, params.model, {_by_second(params): params.duration})
    units = {"video_output": params.duration * _TOKENS_A_SECOND[params.resolution]}
    return charge.around(NAME, params.model, units, low=Decimal("0.8"), high=Decimal("1.3"))
