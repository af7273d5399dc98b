"""Speak the ElevenLabs wire: sound at once, pictures and films as flows."""

from __future__ import annotations

import argparse
from typing import Any

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Order
from tests.twins.hosted import FAIL, MODERATE, REFUSE, Vendor, Words, Work, read_json, refuse, run
from tests.twins.ledger import Ledger
from tests.twins.storm import Conditions, Storm
from tests.twins.wire import Answer, Json, json_answer

VOICES = {"JBFqnCBsd6RMkjVDRZzb": "George", "EXAVITQu4vr4xnSDxMaL": "Sarah", "IKne3meq5aSn9XLyUdCD": "Charlie"}
SPEECH = ("eleven_v4", "eleven_v4_turbo", "eleven_v3", "eleven_multilingual_v2", "eleven_flash_v2_5", "eleven_flash_v2")
CHEAP = ("eleven_v4_turbo", "eleven_flash_v2_5", "eleven_flash_v2")
FORMATS = {"mp3_44100_128": "mp3", "wav_24000": "wav"}
PLAIN = ("gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst", "tomorrow-image", "tomorrow-video")
"""The models that refuse a seed; tomorrow's, which nobody knows yet, refuse everything else that is not needed too."""
FLOWS = {
    "image": ("bytedance-seedream-5-lite", "bytedance-seedream-5-pro", "gemini-3-pro-image", *PLAIN[:4]),
    "video": (
        *("bytedance-seedance-v2-fast", "bytedance-seedance-v2", "bytedance-seedance-v2.5"),
        *("veo-3.1-generate-001", *PLAIN[4:]),
    ),
}
FIELDS = {
    "speech": {"text", "model_id", "language_code", "voice_settings", "seed"},
    "dialogue": {"inputs", "model_id", "language_code", "settings", "seed"},
    "effect": {"text", "model_id", "duration_seconds", "prompt_influence", "loop"},
    "music": {"prompt", "model_id", "music_length_ms", "force_instrumental"},
    "image": {"prompt", "model_id", "images", "quality", "aspect_ratio", "resolution", "seed"},
    "video": {
        *("prompt", "model_id", "negative_prompt", "seed", "duration_secs", "aspect_ratio", "resolution"),
        *("generate_audio", "start_frame", "end_frame"),
    },
}


def fault(status: int, code: str, message: str) -> Answer:
    """Return an error in the vendor's shape."""
    return json_answer({"detail": {"status": code, "message": message}}, status)


def invalid(field: str, message: str) -> Answer:
    """Return the answer to a field that is not valid."""
    return json_answer({"detail": [{"loc": ["body", field], "msg": message, "type": "value_error"}]}, 422)


class ElevenLabsWords(Words):
    """Turn requests down as ElevenLabs does."""

    @override
    def unauthorized(self) -> Answer:
        return fault(401, "invalid_api_key", "Invalid API key")

    @override
    def refusal(self, fault_: str, conditions: Conditions) -> Answer:
        if fault_.startswith("rate_"):
            told = fault(429, "too_many_concurrent_requests", "Too many concurrent requests.")
            return told.told({"retry-after": str(conditions.retry_after)}) if fault_ == "rate_seconds" else told
        if fault_ == "status_401":
            return self.unauthorized()
        if fault_ in ("payment_402", "quota_429"):
            return fault(401, "quota_exceeded", "This request exceeds your quota.")
        if fault_ == "moderation":
            return fault(400, "content_moderation", "The text violates the terms.")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        return fault(status, "not_found" if status == 404 else "internal_error", "Something went wrong.")


class ElevenLabs(Vendor):
    """Serve ElevenLabs' endpoints."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        super().__init__(options, storm, ledger, ElevenLabsWords(), "xi-api-key: ")
        self.counter.paid("/v1/text-to-speech/{voice}", self._speech)
        self.counter.paid("/v1/text-to-dialogue", self._dialogue)
        self.counter.paid("/v1/sound-generation", self._effect)
        self.counter.paid("/v1/music", self._music)
        self.counter.paid("/v1/flows/{kind:image|video}", self._flow)
        self.counter.free("GET", "/v1/flows/{kind}/{name}", self._state)
        self.counter.free("GET", "/v1/user/subscription", self._subscription)
        self.counter.free(
            "GET", "/v1/models", lambda _: json_answer([self._model(name) for name in (*SPEECH, "eleven_next")])
        )
        self.counter.free("GET", "/v2/voices", self._voices)

    async def _speech(self, request: web.Request) -> Order:
        said = await _fields(request, "speech")
        if request.match_info["voice"] not in VOICES:
            refuse(fault(404, "voice_not_found", "A voice with that id was not found."))
        return self._sound(request, said, str(said.get("text", "")), 0.5 if said.get("model_id") in CHEAP else 1)

    async def _dialogue(self, request: web.Request) -> Order:
        said = await _fields(request, "dialogue")
        if not said.get("inputs") or any(turn["voice_id"] not in VOICES for turn in said["inputs"]):
            refuse(invalid("inputs", "Each turn needs a known voice"))
        return self._sound(request, said, "\n".join(turn["text"] for turn in said["inputs"]), 1)

    async def _effect(self, request: web.Request) -> Order:
        said = await _fields(request, "effect")
        length = said.get("duration_seconds")
        if length is not None and not 0.5 <= length <= 30:
            refuse(invalid("duration_seconds", "must lie between 0.5 and 30"))
        return self._sound(request, said, str(said.get("text", "")), 1)

    async def _music(self, request: web.Request) -> Order:
        said = await _fields(request, "music")
        if not 3_000 <= said.get("music_length_ms", 3_000) <= 600_000:
            refuse(invalid("music_length_ms", "must lie between 3000 and 600000"))
        return self._sound(request, said, str(said.get("prompt", "")), None)

    def _sound(self, request: web.Request, said: Json, text: str, factor: float | None) -> Order:
        kind = FORMATS.get(request.query.get("output_format", "mp3_44100_128"))
        if kind is None or (kind == "wav" and not request.path.startswith("/v1/text-to-")):
            refuse(invalid("output_format", "this twin makes mp3_44100_128, and wav_24000 of speech"))
        if not text:
            refuse(invalid("text", "Field required"))
        if REFUSE in text:
            refuse(fault(400, "bad_prompt", "The prompt names protected work."))
        work = Work(text, kind, int(said.get("seed", 0)))
        headers = {"request-id": work.name} | ({"character-cost": f"{len(text) * factor:g}"} if factor else {})
        headers |= {"song-id": work.name} if factor is None else {}

        def told(content: bytes) -> Answer:
            mime = "audio/mpeg" if kind == "mp3" else "audio/wav"
            return Answer((content,), content_type=mime, hollow=b"").told(headers)

        return self.direct(work, told)

    async def _flow(self, request: web.Request) -> Order:
        kind = request.match_info["kind"]
        said = await _fields(request, kind)
        if said.get("model_id") not in FLOWS[kind]:
            refuse(invalid("model_id", f"unknown model for {kind}"))
        needed = {"prompt", "model_id", "images", "start_frame", "end_frame"}
        for word in sorted(set(said) - needed) if str(said["model_id"]).startswith("tomorrow-") else ["seed"]:
            if word in said and said["model_id"] in PLAIN:
                refuse(invalid(word, "Extra inputs are not permitted"))
        for frame in [*said.get("images", []), *(said[each] for each in ("start_frame", "end_frame") if each in said)]:
            if frame.get("type") != "inline_base64" or not frame.get("content_base64"):
                refuse(invalid("images", "not a picture"))
        if kind == "video" and not 4 <= said.get("duration_secs", 5) <= 30:
            refuse(invalid("duration_secs", "must lie between 4 and 30"))
        ending = "png" if kind == "image" else "mp4"
        work = Work(str(said.get("prompt", "")), ending, int(said.get("seed", 0)), (256, 256), fields={"kind": kind})
        return self.ordered(
            work, lambda: json_answer({"id": work.name, "status": "pending"}, hollow={"status": "pending"})
        )

    def _state(self, request: web.Request) -> Answer:
        work = self.works.get(request.match_info["name"])
        if work is None or work.fields["kind"] != request.match_info["kind"]:
            refuse(fault(404, "not_found", "There is no such generation."))
        age = self.age(work)
        told: dict[str, Any] = {"id": work.name}
        if age != "done":
            return json_answer(told | {"status": "pending" if age == "queued" else "generating"})
        for word, reason in ((MODERATE, "moderated"), (FAIL, "model_error")):
            if word in work.prompt:
                failed = {"status": "failed", "failure_reason": reason, "error_message": f"The work was {reason}."}
                return json_answer(told | failed)
        done = {"status": "completed", "content_url": self.address(request, work)}
        return json_answer(told | done | {"content_mime_type": "image/png" if work.kind == "png" else "video/mp4"})

    def _subscription(self, request: web.Request) -> Answer:
        used = int(100_000 - self.options.balance * 1000)
        told = {"tier": "creator", "character_count": used, "character_limit": 100_000, "status": "active"}
        return json_answer(told | {"can_extend_character_limit": False})

    def _voices(self, request: web.Request) -> Answer:
        wanted, size = request.query.get("search", "").lower(), int(request.query.get("page_size", 10))
        found = [{"voice_id": key, "name": name} for key, name in VOICES.items() if wanted in name.lower()][:size]
        return json_answer({"voices": found, "has_more": False, "total_count": len(found)})

    @staticmethod
    def _model(name: str) -> Json:
        return {"model_id": name, "name": name.replace("_", " ").title(), "can_do_text_to_speech": True}


async def _fields(request: web.Request, kind: str) -> Json:
    said = await read_json(request)
    for unknown in sorted(set(said) - FIELDS[kind]):
        refuse(invalid(unknown, "Extra inputs are not permitted"))
    if kind == "speech" and said.get("model_id") not in SPEECH:
        refuse(fault(400, "model_not_found", "A model with that id does not exist."))
    return said


if __name__ == "__main__":
    run("elevenlabs", ElevenLabs)
