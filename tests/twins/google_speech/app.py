"""Route the wire of Google Cloud Text-to-Speech."""

from __future__ import annotations

import argparse
import asyncio
import base64
import uuid
from typing import Final

from aiohttp import web

from tests.twins import sound
from tests.twins.counter import Counter
from tests.twins.desk import Desk, Order
from tests.twins.google.dialect import GoogleDialect, bad_key, error, invalid, refuse
from tests.twins.ledger import Ledger
from tests.twins.marker import asked
from tests.twins.server import Wire
from tests.twins.storm import Storm
from tests.twins.vendor import unknown
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

VOICES: Final = ("en-US-Chirp3-HD-Kore", "en-GB-Neural2-A", "de-DE-Wavenet-C", "en-US-Studio-O")
ENCODINGS: Final = {"MP3": "mp3", "LINEAR16": "wav"}
LONGEST: Final = 5_000
SHAPE: Final = {
    "input": frozenset(("text", "ssml", "markup", "multiSpeakerMarkup", "prompt", "customPronunciations")),
    "voice": frozenset(("languageCode", "name", "modelName", "ssmlGender", "voiceClone", "multiSpeakerVoiceConfig")),
    "audioConfig": frozenset(
        ("audioEncoding", "speakingRate", "pitch", "volumeGainDb", "sampleRateHertz", "effectsProfileId")
    ),
}


class Vendor:
    """Serve the endpoints to the holder of one key."""

    def __init__(self, key: str, desk: Desk) -> None:
        self._key = key
        self._counter = Counter(desk, self._admit, lambda _: error(404, "Requested entity was not found."))
        self._counter.paid("/v1/text:synthesize", self._order)
        self._counter.free("GET", "/v1/voices", lambda _: json_answer(listed()))
        self.app = self._counter.served()

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("x-goog-api-key") != self._key:
            raise Refused(bad_key())

    async def _order(self, request: web.Request) -> Order:
        fields = parsed(await request.read(), invalid)
        text, kind = checked(fields)

        async def fulfil() -> Answer:
            await asyncio.sleep(self._counter.latency())
            data = await asyncio.to_thread(sound.FORMATS[kind][0], text, asked(text))
            return json_answer({"audioContent": base64.b64encode(data).decode()})

        return Order(uuid.uuid4().hex, asked(text), fulfil, len(text))


def checked(fields: Json) -> tuple[str, str]:
    """Check a request as the vendor does and return its text and the format."""
    for name, known in SHAPE.items():
        if strange := unknown(fields.get(name) or {}, known):
            refuse(f"Invalid JSON payload received. Unknown name \"{strange}\" at '{name}': Cannot find field.")
    text = fields["input"].get("text") or fields["input"].get("ssml") or ""
    if not text or len(text.encode()) > LONGEST:
        refuse(f"Either `input.text` or `input.ssml` is longer than the limit of {LONGEST} bytes, or there is none.")
    if not fields["voice"].get("languageCode"):
        refuse("Required field: voice.languageCode")
    if fields["voice"].get("name") not in VOICES and not fields["voice"].get("modelName"):
        refuse(f"Voice '{fields['voice'].get('name')}' does not exist.")
    kind = ENCODINGS.get(fields["audioConfig"].get("audioEncoding"))
    if kind is None or not 0.25 <= fields["audioConfig"].get("speakingRate", 1) <= 2:
        refuse("Invalid audioConfig.")
    return text, kind


def listed() -> Json:
    """Return all voices."""
    return {"voices": [{"name": name, "languageCodes": ["-".join(name.split("-")[:2])]} for name in VOICES]}


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    return Wire(Vendor(options.key, Desk(storm, ledger, GoogleDialect())).app, dict)
