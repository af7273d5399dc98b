"""Make pictures and films through the vendor's flows: submitted, then asked after until they are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.catalog.spell import known_words
from maquette.core.action import Call, Cost, Material, Output, Result
from maquette.core.answer import plain
from maquette.core.errors import ContentRejected, GenerationFailed, OutcomeUnknown, ProviderUnavailable
from maquette.core.inline import base64_of
from maquette.core.params import Avoiding, ImageId, Media, Prompted, Seeded, hint, slider

_EVERY_S = 5.0
_MODEL: Any = Field(min_length=1, max_length=100, json_schema_extra=hint(widget="combobox", refresh=True))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_RATIOS = Literal[
    "auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:2", "2:1", "1:3", "3:1",
    "1:4", "4:1", "1:8", "8:1",
]  # fmt: skip
_APART = frozenset({"model", "prompt", "image", "references", "last_image"})
_WIRE_NAMES = {"duration": "duration_secs", "audio": "generate_audio"}


class Picture(Seeded, Prompted):
    """Parameters of a picture made from words."""

    model: Annotated[str, _MODEL] = "bytedance-seedream-5-lite"
    """The model; each has ratios, sizes and qualities of its own."""
    aspect_ratio: _RATIOS = "auto"
    """Width to height; `auto` leaves it to the model."""
    resolution: Literal["auto", "512", "1K", "2K", "3K", "4K"] = "auto"
    """How large; `auto` leaves it to the model."""
    quality: Annotated[Literal["auto", "low", "medium", "high"], _ADVANCED] = "auto"
    """How much work goes into it; only the GPT models know it."""


class Rework(Picture):
    """Parameters of a picture made from pictures."""

    image: ImageId
    """The picture to change."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=13), _ADVANCED] = ()
    """More pictures to draw from."""


class Film(Seeded, Avoiding, Prompted):
    """Parameters of a film made from words."""

    model: Annotated[str, _MODEL] = "bytedance-seedance-v2-fast"
    """The model; each has lengths and sizes of its own."""
    duration: Annotated[int, slider(4, 30)] = 5
    """Seconds."""
    aspect_ratio: Literal["auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"] = "auto"
    """Width to height; `auto` leaves it to the model."""
    resolution: Literal["480p", "720p", "1080p", "4K", "4k"] = "720p"
    """How large."""
    audio: bool = True
    """Whether the film has sound."""


class Moving(Film):
    """Parameters of a film made from a picture."""

    image: ImageId
    """The first frame."""
    last_image: ImageId | None = None
    """The last frame."""


def body(params: Picture | Film) -> dict[str, Any]:
    """Return what a request says beside its pictures: a model is told only what it knows, or what was asked for."""
    known = known_words("elevenlabs", params.model, params, skip=_APART)
    said = {_WIRE_NAMES.get(word, word): value for word, value in known.items()}
    return {"model_id": params.model, "prompt": params.prompt, **said}


def seed_of(params: Picture | Film) -> int | None:
    """Return the seed with which a request goes out."""
    seed: int | None = body(params).get("seed")
    return seed


def inline(material: Material) -> dict[str, str]:
    """Return a picture as the vendor takes it within a request."""
    return {"type": "inline_base64", "content_base64": base64_of(material), "mime_type": material.mime}


async def inlined(names: Sequence[str], call: Call) -> list[dict[str, str]]:
    """Return pictures as the vendor takes them within a request."""
    return [inline(await call.material(name)) for name in names]


async def drive(kind: Literal["image", "video"], said: dict[str, Any], seed: int | None, call: Call) -> Result:
    """Submit one flow and wait for its end."""

    async def work() -> dict[str, str]:
        taken = await call.http.post(f"/v1/flows/{kind}", said)
        if not isinstance(taken, dict) or not isinstance(taken.get("id"), str):
            raise OutcomeUnknown("The provider took the work and did not say under which id")
        return {"kind": kind, "id": taken["id"]}

    handle = await call.once(work)
    done = await call.poll(lambda: _looked(handle, call), every=_EVERY_S)
    media: Media = kind
    output = Output(media, url=done["content_url"], seed=seed)
    return Result([output], response={"id": handle["id"], "model": said["model_id"]})


async def _looked(handle: dict[str, str], call: Call) -> dict[str, Any] | None:
    state = await call.http.get(f"/v1/flows/{handle['kind']}/{handle['id']}")
    status = state.get("status") if isinstance(state, dict) else None
    if status in ("pending", "generating"):
        await call.progress(None, str(status))
        return None
    if status == "failed":
        raise _failure(state)
    if status != "completed" or not isinstance(state.get("content_url"), str):
        raise ProviderUnavailable("The provider's answer names no state of the work")
    found: dict[str, Any] = state
    return found


def _failure(state: dict[str, Any]) -> ContentRejected | GenerationFailed:
    found = _reason(state)
    found.cost = Cost(0, "computed")  # the vendor does not charge for a flow that failed
    return found


def _reason(state: dict[str, Any]) -> ContentRejected | GenerationFailed:
    reason, words = state.get("failure_reason"), plain(state.get("error_message") or "no reason given")
    if reason == "moderated":
        return ContentRejected(f"The provider's safety system refused: {words}", provider_code="moderated")
    return GenerationFailed(
        f"The provider failed ({plain(reason)}): {words}", hint="The vendor does not charge for a flow that failed."
    )
