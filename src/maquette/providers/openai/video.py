"""Make films at servers that still speak the videos protocol; the vendor itself ended it on 2026-09-24."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from pydantic import Field

from maquette.core.action import Answer, Call, Material, Output, Result, Upload
from maquette.core.answer import decoded, plain
from maquette.core.errors import OutcomeUnknown
from maquette.core.params import ImageId, Prompted, hint, slider

from .settings import Account
from .wire import failure

PAUSE_S = 1.0
_VIDEOS = "/videos"


class Film(Prompted):
    """Parameters of a film made from words."""

    model: Annotated[str, Field(max_length=200, json_schema_extra=hint(widget="combobox"))] = ""
    """The model; empty for the only one of a server that has one."""
    duration: Annotated[int, slider(1, 60)] = 4
    """How many seconds."""
    size: Annotated[
        str,
        Field(pattern=r"^[1-9]\d{1,3}x[1-9]\d{1,3}$", examples=["1280x720", "720x1280", "1792x1024", "1024x1792"]),
    ] = "1280x720"
    """Width and height in pixels."""


class Animate(Film):
    """Parameters of a film made from a picture."""

    image: ImageId
    """The picture that the film begins with."""


class _Film(msgspec.Struct):
    id: str = ""
    status: str = ""
    progress: float | None = None
    error: Any = None
    seconds: str | float | None = None
    size: str | None = None
    model: str | None = None


def filming(params: Film, image: Material | None = None) -> list[Upload]:
    """Return the parts of a request."""
    said = {"prompt": params.prompt, "model": params.model, "seconds": str(params.duration), "size": params.size}
    parts = [Upload(word, value.encode()) for word, value in said.items() if value]
    return parts + ([Upload("input_reference", image.content, image.name, image.mime)] if image else [])


async def filmed(params: Film, call: Call, image: Material | None = None) -> Result:
    """Submit once, ask as often as the server wants to be asked, and return where the film is."""
    account: Account = call.settings
    account.admit(params.model)
    parts = filming(params, image)

    async def submit() -> dict[str, Any]:
        answer = await call.http.send("POST", account.path(_VIDEOS), parts=parts)
        if not (name := decoded(answer.body, _Film).id):
            raise OutcomeUnknown("The provider took the work and gave no id for it")
        return {"video": name, "pause": pause(answer)}

    handle = await call.once(submit)
    waits = [float(handle["pause"])]

    async def look() -> _Film | None:
        answer = await call.http.send("GET", account.path(f"{_VIDEOS}/{handle['video']}"))
        waits[0] = pause(answer)
        return await _looked(call, decoded(answer.body, _Film))

    found = await call.poll(look, every=lambda: waits[0])
    url = f"{account.base()}{account.path(f'{_VIDEOS}/{found.id}/content')}"
    told = {"id": found.id, "model": found.model, "seconds": found.seconds, "size": found.size}
    return Result([Output("video", url=url)], response={word: value for word, value in told.items() if value})


async def _looked(call: Call, found: _Film) -> _Film | None:
    fraction = None if found.progress is None else min(found.progress / 100, 1.0)
    await call.progress(fraction, plain(found.status))
    if found.status == "failed":
        raise failure(found.error or {"message": "the provider gave no reason"})
    return found if found.status == "completed" else None


def pause(answer: Answer) -> float:
    """Return the seconds that a server wants between two questions: its header in ms, else one second."""
    told = answer.headers.get("openai-poll-after-ms", "")
    return min(max(int(told) / 1000, 0.1), 60.0) if told.isdigit() else PAUSE_S
