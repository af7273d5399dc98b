"""List the models that the twin serves, with the day on which each is shut down."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from tests.twins.openai.dialect import refuse
from tests.twins.wire import Json

IMAGE: Final = (
    "gpt-image-2",
    "gpt-image-2-2026-04-21",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-flare",
    "gpt-image-2.6-sunburst",
    "gpt-image-2.6-flare",
)
SPEECH: Final = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
TEXT: Final = ("gpt-6-luna", "gpt-6.1-terra", "gpt-6-sol", "gpt-6-astra", "gpt-5.1")
LISTENING: Final = ("gpt-transcribe", "whisper-1")
RETIRED: Final = ("dall-e-2", "dall-e-3", "gpt-image-1", "sora-2")
ALL: Final = (*IMAGE, *SPEECH, *LISTENING, *TEXT)
SHUTDOWN: Final = {**dict.fromkeys(SPEECH, "2027-01-06"), "whisper-1": "2027-02-26", "gpt-5.1": "2027-04-01"}


def described(name: str) -> Json:
    """Return a model as the list shows it."""
    return {
        "id": name,
        "object": "model",
        "created": 1_780_000_000,
        "owned_by": "system",
        "shutdown_date": SHUTDOWN.get(name),
    }


def listed() -> Json:
    """Return all models."""
    return {"object": "list", "data": [described(name) for name in ALL]}


def served(name: object, by: Collection[str]) -> str:
    """Return the name of a model that an endpoint serves, or refuse it."""
    if not isinstance(name, str) or name not in by:
        reason = "has been shut down" if name in RETIRED else "does not exist or you do not have access to it"
        refuse(f"The model '{name}' {reason}.", "model", "model_not_found", 404)
    return name
