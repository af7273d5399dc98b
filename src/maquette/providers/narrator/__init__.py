"""Speech by espeak-ng: a real synthesizer on this machine, with no key and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.example import Example, shown_by
from maquette.core.params import Params, hint, slider
from maquette.providers.narrator.language import Language, Voice, spoken_by

_LABEL: Final = "Spoken by espeak-ng, which makes speech by rule; no person's voice was recorded or copied."


class Spoken(Params):
    """Parameters of a spoken text."""

    model_config = shown_by(
        Example(
            "A sentence, spoken",
            "Plain and intelligible, made by rule",
            {"prompt": "The last ferry leaves at half past nine, from the pier behind the market."},
        )
    )

    prompt: Annotated[str, Field(pattern=r"\S", max_length=100_000, json_schema_extra=hint(widget="textarea"))]
    """What to say."""
    language: Language = "en-us"
    """The language of the text; it decides how the words are pronounced."""
    voice: Voice = "plain"
    """The character of the voice."""
    rate: Annotated[int, slider(80, 400, step=5)] = 165
    """How fast to speak, in words a minute."""
    pitch: Annotated[int, slider(0, 99)] = 50
    """How high to speak: 0 is low, 99 is high."""
    format: Literal["wav", "mp3", "flac", "opus"] = "mp3"
    """The format of the sound file; opus comes in an Ogg container."""


class Narrator(Provider):
    """Plain, intelligible speech in more than a hundred languages."""

    title = "Narrator (built in)"
    keyless = True

    @override
    async def check(self, call: Call) -> None:
        """Load the synthesizer and its data once."""
        await call.offload("maquette.providers.narrator.engine:voices")

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the languages of the installed synthesizer."""
        found = await call.offload("maquette.providers.narrator.engine:voices")
        return [{"id": voice["code"], "title": voice["title"]} for voice in found["voices"]]

    @operation(produces="audio", title="Text to speech", free=True)
    async def speech(self, params: Spoken, call: Call) -> Result:
        """Speak a text of any length."""
        name = f"speech.{params.format}"
        made = await call.offload(
            "maquette.providers.narrator.engine:speak",
            text=params.prompt,
            voice=spoken_by(params.language, params.voice),
            rate=params.rate,
            pitch=params.pitch,
            format=params.format,
            target=name,
        )
        await call.progress(1.0, "spoken")
        return Result([Output("audio", path=name, name=name, source="algorithm", notes={"label": _LABEL, **made})])


PROVIDER = Narrator()
