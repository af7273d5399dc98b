"""Speak, play scenes, make effects and music: parameters, requests and answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Answer, Cost, Output, Price, Result
from maquette.core.errors import OutcomeUnknown, RequestRejected
from maquette.core.params import Params, Prompted, Seeded, hint, slider

from .settings import Account

_MODEL: Any = Field(min_length=1, max_length=100, json_schema_extra=hint(widget="combobox", refresh=True))
_VOICE: Any = Field(max_length=200, json_schema_extra=hint(widget="combobox"))
_FORMATS = {"mp3": "mp3_44100_128", "opus": "opus_48000_96", "wav": "wav_24000"}
_TURN = re.compile(r"^\s*(\w[\w .'-]{0,39}):\s*(\S.*)$")
# An effect whose length the vendor chooses is billed by what it then takes.
_SHORTEST, _USUAL, _LONGEST = 0.5, 5, 30


class Speak(Seeded, Prompted):
    """Parameters of a text read aloud."""

    prompt: Annotated[str, Field(min_length=1, max_length=40_000, json_schema_extra=hint(widget="textarea"))]
    """The text to read; models differ in how much of it they take."""
    model: Annotated[str, _MODEL] = "eleven_v4"
    """The model: v4 and v3 act, the multilingual one is steady, flash and turbo are quick and cheap."""
    voice: Annotated[str, _VOICE] = ""
    """Who reads, by name or id; empty takes the account's first voice."""
    language: Annotated[str, Field(max_length=20, json_schema_extra=hint(advanced=True))] = ""
    """The language code, such as `de`; empty lets the model hear it from the text."""
    stability: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.5
    """How even the reading is; lower has more feeling."""
    similarity: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.75
    """How close to the voice's original."""
    style: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.0
    """How much the voice's own manner is stressed."""
    speed: Annotated[float, slider(0.7, 1.2, step=0.05, advanced=True)] = 1.0
    """How fast; 1 is as the voice speaks."""
    format: Literal["mp3", "opus", "wav"] = "mp3"
    """The file format."""


class Dialogue(Seeded, Prompted):
    """Parameters of a scene for several voices."""

    prompt: Annotated[str, Field(min_length=1, max_length=10_000, json_schema_extra=hint(widget="textarea"))]
    """The script, one turn a line, as in `Anna: Good morning!`."""
    voices: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=10)] = ()
    """The voices by name or id, in the order in which their speakers first speak; empty takes the account's own."""
    model: Annotated[str, _MODEL] = "eleven_v3"
    """The model; it must know dialogue."""
    language: Annotated[str, Field(max_length=20, json_schema_extra=hint(advanced=True))] = ""
    """The language code, such as `de`; empty lets the model hear it from the text."""
    stability: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.5
    """How even the reading is; lower has more feeling."""
    format: Literal["mp3", "opus", "wav"] = "mp3"
    """The file format."""


class Effect(Prompted):
    """Parameters of a sound effect."""

    model: Annotated[str, _MODEL] = "eleven_text_to_sound_v2"
    """The model."""
    duration: Annotated[float, slider(0.5, 30, step=0.5)] | None = None
    """Seconds; left empty, the vendor chooses what fits."""
    influence: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.3
    """How closely to follow the prompt."""
    loop: bool = False
    """Whether the end leads back into the beginning."""
    format: Literal["mp3", "opus"] = "mp3"
    """The file format."""


class Music(Prompted):
    """Parameters of a piece of music."""

    prompt: Annotated[str, Field(min_length=1, max_length=4_100, json_schema_extra=hint(widget="textarea"))]
    """The piece in your own words; lyrics may stand in it."""
    model: Annotated[str, _MODEL] = "music_v2"
    """The model."""
    duration: Annotated[float, slider(3, 600, step=1)] | None = None
    """Seconds; left empty, the vendor chooses what fits."""
    instrumental: bool = False
    """Whether nobody sings."""
    format: Literal["mp3", "opus"] = "mp3"
    """The file format."""


Wanted = Speak | Dialogue | Effect | Music


def speaking(params: Speak, voice: str) -> tuple[str, dict[str, Any]]:
    """Return the path and the JSON body of a text read aloud."""
    said: dict[str, Any] = {"text": params.prompt, "model_id": params.model}
    # Models differ in the settings that they take, so what stays at its default stays unsaid.
    names = {"stability": "stability", "similarity": "similarity_boost", "style": "style", "speed": "speed"}
    tuned = {wire: getattr(params, word) for word, wire in names.items() if _moved(params, word)}
    said |= {"voice_settings": tuned} if tuned else {}
    return f"/v1/text-to-speech/{voice}", said | _common(params)


def playing(params: Dialogue, voices: Sequence[str]) -> dict[str, Any]:
    """Return the JSON body of a scene, each of whose speakers has a voice."""
    cast = dict(zip(speakers(params.prompt), voices, strict=False))
    inputs = [{"text": text, "voice_id": cast[name]} for name, text in turns(params.prompt)]
    said: dict[str, Any] = {"inputs": inputs, "model_id": params.model}
    return (
        said | ({"settings": {"stability": params.stability}} if _moved(params, "stability") else {}) | _common(params)
    )


def _common(params: Speak | Dialogue) -> dict[str, Any]:
    said: dict[str, Any] = {"language_code": params.language} if params.language else {}
    return said | ({"seed": params.seed} if params.seed >= 0 else {})


def _moved(params: Params, word: str) -> bool:
    return bool(getattr(params, word) != type(params).model_fields[word].default)


def turns(script: str) -> list[tuple[str, str]]:
    """Return who says what; a line without a name goes on with whoever spoke."""
    found: list[tuple[str, str]] = []
    for line in filter(str.strip, script.splitlines()):
        turn = _TURN.match(line)
        if turn:
            found.append((turn[1].strip(), turn[2].strip()))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        else:
            found.append(("", line.strip()))
    return found


def speakers(script: str) -> list[str]:
    """Return the speakers in the order in which they first speak."""
    return list(dict.fromkeys(name for name, _ in turns(script)))


def cast(params: Dialogue, own: Sequence[str]) -> list[str]:
    """Return a voice for each speaker, of those that were named or else of the account's own."""
    needed, given = len(speakers(params.prompt)), params.voices or own
    if not given or (params.voices and len(given) < needed):
        raise RequestRejected(
            f"The script has {needed} speakers and {len(given)} voices were found for them",
            hint="Name a voice for each speaker, or none at all.",
        )
    return [given[index % len(given)] for index in range(needed)]


def sounding(params: Effect) -> dict[str, Any]:
    """Return the JSON body of a sound effect."""
    said: dict[str, Any] = {"text": params.prompt, "model_id": params.model, "prompt_influence": params.influence}
    said |= {"duration_seconds": params.duration} if params.duration is not None else {}
    return said | ({"loop": True} if params.loop else {})


def composing(params: Music) -> dict[str, Any]:
    """Return the JSON body of a piece of music."""
    said: dict[str, Any] = {"prompt": params.prompt, "model_id": params.model}
    said |= {"music_length_ms": round(params.duration * 1000)} if params.duration is not None else {}
    return said | ({"force_instrumental": True} if params.instrumental else {})


def wire_format(params: Wanted) -> dict[str, str]:
    """Return the query that asks for the file format."""
    return {"output_format": _FORMATS[params.format]}


def heard(answer: Answer, account: Account, *, seed: int = -1, expected: Price | None = None) -> Result:
    """Read the answer: the sound itself, with its cost in credits in a header."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if not answer.body or kind.startswith("text/") or kind == "application/json":
        raise OutcomeUnknown(f"The provider promised sound and sent {kind or 'nothing'}")
    told = {
        word: answer.headers[word] for word in ("request-id", "song-id", "character-cost") if word in answer.headers
    }
    output = Output("audio", content=answer.body, seed=seed if seed >= 0 else None)
    return Result([output], cost=_settled(told.get("character-cost"), account, expected), response=told)


def _settled(charged: str | None, account: Account, expected: Price | None) -> Cost | None:
    if charged is not None and re.fullmatch(r"\d+(\.\d+)?", charged):
        micro = Decimal(charged) * Decimal(str(account.usd_per_1000_credits)) * 1000
        return Cost(charge.whole(micro), "computed", f"{charged} credits")
    return Cost(expected.likely, "estimated") if expected is not None else None


def reading_price(params: Speak | Dialogue) -> Price | None:
    """Estimate a text read aloud or played."""
    return charge.expected("elevenlabs", params.model, {"characters": len(params.prompt)})


def effect_price(params: Effect) -> Price | None:
    """Estimate a sound effect."""
    if params.duration is not None:
        return charge.expected("elevenlabs", params.model, {"second": params.duration})
    return charge.expected("elevenlabs", params.model, *({"second": each} for each in (_SHORTEST, _USUAL, _LONGEST)))


def music_price(params: Music) -> Price | None:
    """Estimate a piece of music."""
    lengths = (params.duration,) * 3 if params.duration is not None else (30, 120, 300)
    return charge.expected("elevenlabs", params.model, *({"second": each} for each in lengths))
