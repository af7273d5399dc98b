"""Keep long work: interactions, which can be cancelled, and operations of Vertex, which cannot."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.twins import sound
from tests.twins.desk import Order
from tests.twins.google.dialect import error, no_model, refuse
from tests.twins.marker import asked
from tests.twins.picture import Picture, film
from tests.twins.vendor import REFUSE, unknown
from tests.twins.wire import Answer, Json, Refused, json_answer

SPEECH: Final = ("gemini-3.8-flash-lite-tts", "gemini-3.8-flash-tts")
VIDEO: Final = ("gemini-omni-1.2-flash", "gemini-omni-1.1-flash")
VEO: Final = ("veo-3.1-lite-generate-001",)
FIELDS: Final = frozenset(
    (
        *("model", "input", "background", "store", "response_format", "generation_config", "safety_settings"),
        *("previous_interaction_id", "webhook_config", "system_instruction", "stream", "labels"),
    )
)
PARAMETERS: Final = frozenset(
    (
        *("sampleCount", "durationSeconds", "aspectRatio", "resolution", "generateAudio", "negativePrompt"),
        *("personGeneration", "seed", "storageUri", "enhancePrompt", "fps", "compressionQuality", "resizeMode"),
    )
)
SOUNDS: Final = {"audio/mp3": "mp3", "audio/wav": "wav"}
LINES: Final = {"360p": 1886, "720p": 5714, "1080p": 8571, "4k": 17143}
STEPS: Final = 5
CONTINUE: Final = "[[continue]]"
"""In a prompt: the work stops until it is told to go on."""
BREAK: Final = "[[break]]"
"""In a prompt: a step of the model fails, and the whole says nothing of it."""


@dataclass
class Work:
    """Follow one film from its submit to its end."""

    prompt: str
    seconds: int
    lines: str
    wide: bool
    ready: float
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    cancelled: bool = False

    @property
    def status(self) -> str:
        """Return the state as an interaction words it."""
        if self.cancelled:
            return "cancelled"
        if time.monotonic() < self.ready:
            return "in_progress"
        if CONTINUE in self.prompt:
            return "requires_continuation"
        return "failed" if REFUSE in self.prompt or BREAK in self.prompt else "completed"

    def film(self) -> bytes:
        """Make the film."""
        size = (256, 144) if self.wide else (144, 256)
        return film([Picture(*size, self.prompt, asked(self.prompt), number) for number in range(4)], 4)


class Works:
    """All long work of a twin."""

    def __init__(self, pace: Callable[[], float]) -> None:
        self._pace = pace
        self.known: dict[str, Work] = {}

    def begin(self, prompt: str, seconds: int, lines: str, *, wide: bool) -> Work:
        """Take work in."""
        work = Work(prompt, seconds, lines, wide, time.monotonic() + STEPS * self._pace())
        self.known[work.name] = work
        return work

    def find(self, name: str) -> Work:
        """Return work by its name, or refuse."""
        if name not in self.known:
            raise Refused(error(404, "Requested entity was not found."))
        return self.known[name]

    def state(self) -> Json:
        """Return how each stands."""
        return {"works": {name: work.status for name, work in self.known.items()}}


def said_in(given: Any) -> str:
    """Return the words of an input; its pictures are decoded."""
    if isinstance(given, str):
        return given
    for block in given:
        if block["type"] == "image":
            base64.b64decode(block["data"], validate=True)
    return " ".join(block["text"] for block in given if block["type"] == "text")


def broken(prompt: str) -> Json:
    """Return a step of the model that failed, as a status of the vendor's calls."""
    why = "Blocked by a safety filter." if REFUSE in prompt else "The model ran out of its budget."
    return {"type": "model_output", "error": {"code": 3, "message": why}}


def shown(work: Work, file: Callable[[str], str]) -> Json:
    """Return an interaction as it stands."""
    body: Json = {"id": work.name, "status": work.status, "object": "interaction", "model": VIDEO[0]}
    if BREAK in work.prompt and work.status == "failed":
        return body | {"steps": [broken(work.prompt)]}
    if work.status == "failed":
        return body | {"errors": [{"code": "safety", "message": "The prompt was blocked by the safety policy."}]}
    if work.status != "completed":
        return body
    made = {"type": "video", "uri": file(work.name), "mime_type": "video/mp4"}
    tokens = LINES[work.lines] * work.seconds
    usage = {
        "total_input_tokens": 12,
        "total_output_tokens": tokens,
        "total_thought_tokens": 0,
        "output_tokens_by_modality": [{"modality": "video", "tokens": tokens}],
    }
    return body | {"steps": [{"type": "model_output", "content": [made]}], "usage": usage}


def interaction(fields: Json, works: Works, latency: Callable[[], float]) -> Order:
    """Check a request for an interaction and return its order."""
    if name := unknown(fields, FIELDS):
        refuse(f"Unknown parameter '{name}'.")
    model, wanted = fields.get("model"), fields.get("response_format") or {}
    if model not in (*SPEECH, *VIDEO):
        raise Refused(no_model(str(model), "interactions"))
    prompt = said_in(fields.get("input") or "")
    if not prompt:
        refuse("input is required")
    if model in SPEECH:
        return _speech(fields, prompt, latency)
    seconds = int(str(wanted.get("duration", "8s")).removesuffix("s"))
    if not 3 <= seconds <= 15 or wanted.get("resolution") not in LINES or not fields.get("background"):
        refuse("response_format: the duration, the resolution or `background` is not valid.")
    if wanted.get("aspect_ratio") not in ("16:9", "9:16"):
        refuse("response_format.aspect_ratio is not valid.")
    held: list[Work] = []

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        held.append(works.begin(prompt, seconds, wanted["resolution"], wide=wanted["aspect_ratio"] == "16:9"))
        return json_answer({"id": held[0].name, "status": "queued", "model": model}, hollow={"status": "queued"})

    return Order(uuid.uuid4().hex, asked(prompt), fulfil, seconds)


def _speech(fields: Json, prompt: str, latency: Callable[[], float]) -> Order:
    kind = SOUNDS.get(fields["response_format"].get("mime_type"))
    speakers = (fields.get("generation_config") or {}).get("speech_config") or []
    if kind is None or fields["response_format"].get("type") != "audio" or not speakers:
        refuse("response_format.mime_type is not valid, or there is no speech_config.")
    name = uuid.uuid4().hex

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        data = await asyncio.to_thread(sound.FORMATS[kind][0], prompt, asked(prompt))
        made = {"type": "audio", "data": base64.b64encode(data).decode(), "mime_type": sound.FORMATS[kind][1]}
        usage = {
            "total_input_tokens": len(prompt) // 4 + 1,
            "total_output_tokens": 104,
            "total_thought_tokens": 6,
            "output_tokens_by_modality": [{"modality": "audio", "tokens": 100}, {"modality": "text", "tokens": 4}],
        }
        body = {"id": name, "status": "completed", "model": fields["model"], "usage": usage}
        if BREAK in prompt:
            return json_answer(body | {"steps": [broken(prompt)]})
        return json_answer(body | {"steps": [{"type": "model_output", "content": [made]}]}, hollow={"id": name})

    return Order(name, asked(prompt), fulfil)


def operation(model: str, fields: Json, works: Works, latency: Callable[[], float]) -> Order:
    """Check a request for a film of Veo and return its order."""
    if model not in VEO:
        raise Refused(no_model(model, "predictLongRunning"))
    (instance,), wanted = fields["instances"], fields["parameters"]
    if name := unknown(wanted, PARAMETERS):
        refuse(f'Unknown name "{name}": Cannot find field.')
    if wanted["durationSeconds"] not in (4, 6, 8) or wanted["resolution"] not in ("720p", "1080p"):
        refuse("durationSeconds must be 4, 6 or 8, and resolution 720p or 1080p.")
    if "image" in instance:
        base64.b64decode(instance["image"]["bytesBase64Encoded"], validate=True)

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        wide = wanted["aspectRatio"] == "16:9"
        work = works.begin(instance["prompt"], wanted["durationSeconds"], wanted["resolution"], wide=wide)
        return json_answer({"name": f"projects/p/operations/{work.name}"})

    return Order(uuid.uuid4().hex, asked(instance["prompt"]), fulfil, wanted["durationSeconds"])


def operated(work: Work) -> Json:
    """Return an operation as it stands."""
    name = f"projects/p/operations/{work.name}"
    if work.status == "in_progress":
        return {"name": name}
    if work.status == "failed":
        reasons = ["The prompt could not be used: it is against the safety policy."]
        return {
            "name": name,
            "done": True,
            "response": {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": reasons},
        }
    made = {"bytesBase64Encoded": base64.b64encode(work.film()).decode(), "mimeType": "video/mp4"}
    return {"name": name, "done": True, "response": {"videos": [made]}}
