"""Speech by Google Cloud Text-to-Speech: one text of at most 5,000 bytes at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
import pybase64
from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from typing_extensions import override

from maquette import catalog
from maquette.catalog import charge, retirement
from maquette.core import google_api
from maquette.core.action import Call, Cost, Output, Price, Provider, Result, Settings, operation
from maquette.core.answer import decoded, plain
from maquette.core.errors import GenerationFailed, ProviderError
from maquette.core.params import Params, hint, slider
from maquette.core.proof import holds, proved

_NAME = "google_speech"
_MOST_BYTES = 5_000
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_ENCODINGS = {"mp3": "MP3", "ogg": "OGG_OPUS", "wav": "LINEAR16"}
_FAMILIES = ("Chirp3-HD", "Studio", "Neural2", "Polyglot", "Wavenet", "Standard")
"""What stands in the name of a voice and decides its price."""
_VOICES: list[Any] = [
    *("en-US-Chirp3-HD-Kore", "en-GB-Neural2-A", "de-DE-Chirp3-HD-Charon", "fr-FR-Wavenet-C", "es-ES-Standard-A"),
    "en-US-Studio-O",
]
_AUDIO_TOKENS_A_CHARACTER = Decimal(25) / 15


class Account(Settings):
    """Credentials of an account of Google Cloud Text-to-Speech."""

    api_key: SecretStr | None = None
    """A key of the cloud project that may call the Text-to-Speech API."""
    service_account: SecretStr | None = None
    """The JSON key file of a service account, in place of a key."""
    base_url: HttpUrl = HttpUrl("https://texttospeech.googleapis.com")
    """Where the API listens, without the version path; a region has an address of its own."""

    @model_validator(mode="after")
    def _signed_in(self) -> Self:
        if self.api_key is None and self.service_account is None:
            raise ValueError("enter an `api_key` or a `service_account`")
        return self

    @override
    def headers(self) -> Mapping[str, str]:
        if self.service_account is not None:
            key = self.service_account.get_secret_value()
            token = google_api.bearer(key, "https://texttospeech.googleapis.com/", time.time())
            return {"Authorization": f"Bearer {token}"}
        return {"x-goog-api-key": self.api_key.get_secret_value()} if self.api_key is not None else {}


class Speak(Params):
    """Parameters of a text read aloud."""

    prompt: Annotated[str, Field(min_length=1, max_length=_MOST_BYTES, json_schema_extra=hint(widget="textarea"))]
    """The text to read; the vendor takes 5,000 bytes at a time."""
    voice: Annotated[
        str, Field(pattern=r"^[\w-]+$", max_length=100, examples=_VOICES, json_schema_extra=hint(widget="combobox"))
    ] = "en-US-Chirp3-HD-Kore"
    """Who reads; with a model of Gemini only the voice's own name, such as Kore."""
    language: Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]+)*)?$", max_length=30)] = ""
    """The language as a code such as de-DE; empty for that of the voice."""
    model: Annotated[str, Field(pattern=r"^[\w.-]*$", max_length=100, json_schema_extra=hint(widget="combobox"))] = ""
    """A model of Gemini that lends its voices, such as gemini-3.8-flash-tts; empty for the voice's own."""
    instructions: Annotated[str, Field(max_length=2_000, json_schema_extra=hint(widget="textarea", advanced=True))] = ""
    """How to read: mood, pace, accent; only models of Gemini listen to it."""
    markup: Annotated[bool, _ADVANCED] = False
    """Whether the text is SSML, with tags for pauses and emphasis."""
    format: Literal["mp3", "ogg", "wav"] = "mp3"
    """The file format."""
    speed: Annotated[float, slider(0.25, 2, step=0.05, advanced=True)] = 1.0
    """How fast; 1 is as the voice speaks."""
    pitch: Annotated[float, slider(-20, 20, step=0.5, advanced=True)] = 0.0
    """How high, in semitones; not every voice can be changed."""

    @field_validator("prompt")
    @classmethod
    def _short(cls, prompt: str) -> str:
        if (size := len(prompt.encode())) > _MOST_BYTES:
            raise ValueError(f"the text has {size} bytes, and the vendor takes {_MOST_BYTES}: cut it into parts")
        return prompt


class _Spoken(msgspec.Struct, rename="camel"):
    audio_content: str = ""


def reading(params: Speak) -> dict[str, Any]:
    """Return the JSON body of a request."""
    said = {"ssml" if params.markup else "text": params.prompt}
    if params.instructions:
        said["prompt"] = params.instructions
    language = params.language or ("-".join(params.voice.split("-")[:2]) if "-" in params.voice else "en-US")
    voice = {"languageCode": language, "name": params.voice} | ({"modelName": params.model} if params.model else {})
    sound: dict[str, Any] = {"audioEncoding": _ENCODINGS[params.format]}
    sound |= {"speakingRate": params.speed} if params.speed != 1 else {}
    sound |= {"pitch": params.pitch} if params.pitch else {}
    return {"input": said, "voice": voice, "audioConfig": sound}


def spoken(params: Speak, body: bytes) -> Result:
    """Read the answer; raises `GenerationFailed` where there is no sound."""
    found = decoded(body, _Spoken)
    if not found.audio_content:
        raise GenerationFailed("The provider is done and gave no sound")
    output = Output("audio", content=pybase64.b64decode(found.audio_content, validate=True))
    return Result([output], cost=_cost(params), response={"voice": params.voice, "model": params.model or None})


def _rate(params: Speak) -> str:
    """Return the name by which the sheet knows what is billed: the model, or the family of the voice."""
    return params.model or next((family for family in _FAMILIES if family in params.voice), "")


def _cost(params: Speak) -> Cost | None:
    expected = reading_price(params)
    if expected is None:
        return None
    if expected.low == expected.high:
        return charge.cost(_NAME, _rate(params), {"characters": len(params.prompt)})
    return Cost(expected.likely, "estimated")


def reading_price(params: Speak) -> Price | None:
    """Estimate a text read aloud."""
    name = _rate(params)
    if "characters" in (catalog.price(_NAME, name) or {}):
        return charge.expected(_NAME, name, {"characters": len(params.prompt)})
    tokens = len(params.prompt) * _AUDIO_TOKENS_A_CHARACTER
    return charge.around(_NAME, name, {"input": charge.text_tokens(params.prompt), "audio_output": tokens})


class GoogleSpeech(Provider):
    """Speech by Google Cloud Text-to-Speech."""

    title: ClassVar[str] = "Google Cloud Text-to-Speech"
    settings: ClassVar[type[Settings]] = Account

    @override
    async def check(self, call: Call) -> None:
        """List the voices: free, and fails on a bad key."""
        await proved(call, "/v1/voices", vendor=self.title, fits=holds("voices", list))

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that lend their voices."""
        known = catalog.models(_NAME).values()
        return [{"id": each.id, "title": plain(each.title), "media": each.media} for each in known if "-tts" in each.id]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        return google_api.refusal(status, body)

    @operation(produces="audio", title="Text to speech", price=reading_price)
    async def speech(self, params: Speak, call: Call) -> Result:
        """Read a text aloud."""
        retirement.admit(_NAME, params.model)
        body = reading(params)

        async def work() -> Result:
            return spoken(params, (await call.http.send("POST", "/v1/text:synthesize", body=body)).body)

        return await call.once(work)


PROVIDER = GoogleSpeech()
