"""Speak text into a sound file; runs in the child process."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

from maquette.providers.narrator.espeak import synthesizer


def speak(text: str, *, voice: str, rate: int, pitch: int, format: str, target: str) -> dict[str, Any]:  # noqa: A002 - the common word
    """Speak `text` into the file `target`.

    Args:
        text: What to say, in UTF-8, of any length.
        voice: A voice of the synthesizer, such as `en-us+f3`.
        rate: Words a minute.
        pitch: 0 (low) to 99 (high).
        format: `wav` (16 bit, mono), `mp3`, `flac` or `opus`.
        target: The file to write, in the working folder.

    Returns:
        `duration_s`, `words`, `sample_rate` of the synthesizer, and `mime`.

    Raises:
        ValueError: There is no such voice, or nothing in the text can be spoken.
    """
    spoken = target if format == "wav" else f"{target}.wav"
    with synthesizer() as espeak, wave.open(spoken, "wb") as sound:
        espeak.choose(voice, rate=rate, pitch=pitch)
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(espeak.sample_rate)
        words = espeak.say(text, sound.writeframesraw)
        frames, sample_rate = sound.tell(), espeak.sample_rate
    if words == 0:
        raise ValueError("the text has no word that can be spoken")
    mime = _finish(spoken, target, format)
    return {"duration_s": round(frames / sample_rate, 3), "words": words, "sample_rate": sample_rate, "mime": mime}


def voices() -> dict[str, Any]:
    """List the languages of the installed synthesizer as `{"voices": [{"code", "title"}]}`."""
    with synthesizer() as espeak:
        return {"voices": [{"code": tongue.code, "title": tongue.title} for tongue in espeak.tongues()]}


def _finish(spoken: str, target: str, kind: str) -> str:
    if kind == "wav":
        return "audio/wav"
    # The encoders are loaded only when they are needed: plain WAV is then four times faster.
    from maquette.providers.narrator.sound import encode  # noqa: PLC0415

    encode(spoken, target, kind)
    Path(spoken).unlink()
    return {"mp3": "audio/mpeg", "flac": "audio/flac", "opus": "audio/ogg"}[kind]
