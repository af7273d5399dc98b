"""Offer ElevenLabs' speech, dialogue, effects, music, pictures and films as actions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from maquette import catalog
from maquette.catalog import retirement
from maquette.core.action import Call, Price, Provider, Result, Settings, operation
from maquette.core.answer import parts, plain
from maquette.core.errors import ProviderError, QuotaExhausted, RequestRejected
from maquette.core.narrow import Narrowing
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

from . import flow, refusal, sound
from .settings import Account

_ID = re.compile(r"[A-Za-z0-9]{20}")


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters: all of them, but nothing unasked, where nothing is known of it."""
    return catalog.lenient("elevenlabs", model)


class ElevenLabs(Provider):
    """Speech, dialogue, effects, music, pictures and films by ElevenLabs."""

    title: ClassVar[str] = "ElevenLabs"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"ELEVENLABS_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """Read the subscription: free, fails on a bad key and on one that has no credits left."""
        found = await proved(call, "/v1/user/subscription", vendor=self.title, fits=holds("character_limit"))
        used, most = found.get("character_count"), found["character_limit"]
        spent = isinstance(used, int) and isinstance(most, int) and used >= most
        if spent and not found.get("can_extend_character_limit"):
            raise QuotaExhausted(
                f"All {most} credits of this period are used",
                hint="Wait for the next period, raise the plan at ElevenLabs, or use another account.",
            )

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models: those for speech that the account may use, and the known ones for all else."""
        rows = parts(await call.http.get("/v1/models"))
        known = {row["id"]: row for row in catalog.listed("elevenlabs")}
        live = [str(row.get("model_id")) for row in rows if row.get("can_do_text_to_speech")]
        titles = {str(row.get("model_id")): str(row.get("name")) for row in rows}
        further = [{"id": name, "title": titles[name], "media": "audio"} for name in live if name not in known]
        return [*known.values(), *further]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        return refusal.named(status, body) if status < 500 else None

    @operation(produces="audio", title="Text to speech", price=sound.reading_price, narrow=narrowing)
    async def speech(self, params: sound.Speak, call: Call) -> Result:
        """Read a text aloud."""
        voices = await _voices([params.voice] if params.voice else [], call, 1)
        path, said = sound.speaking(params, voices[0])
        return await _sound(path, said, params, call, sound.reading_price(params))

    @operation(produces="audio", title="Dialogue", price=sound.reading_price, narrow=narrowing)
    async def dialogue(self, params: sound.Dialogue, call: Call) -> Result:
        """Play a script with a voice for each of its speakers."""
        count = len(sound.speakers(params.prompt))
        voices = sound.cast(params, await _voices(params.voices, call, count))
        found = await _voices(voices, call, count)
        return await _sound(
            "/v1/text-to-dialogue", sound.playing(params, found), params, call, sound.reading_price(params)
        )

    @operation(produces="audio", title="Sound effect", price=sound.effect_price, narrow=narrowing)
    async def sound_effect(self, params: sound.Effect, call: Call) -> Result:
        """Make a sound effect from words."""
        said = sound.sounding(params)
        return await _sound("/v1/sound-generation", said, params, call, sound.effect_price(params))

    @operation(produces="audio", title="Music", price=sound.music_price, narrow=narrowing)
    async def music(self, params: sound.Music, call: Call) -> Result:
        """Compose and play a piece of music from words."""
        return await _sound("/v1/music", sound.composing(params), params, call, sound.music_price(params))

    @operation(produces="image", title="Text to image", narrow=narrowing)
    async def txt2img(self, params: flow.Picture, call: Call) -> Result:
        """Make a picture from words."""
        retirement.admit("elevenlabs", params.model)
        return await flow.drive("image", flow.body(params), flow.seed_of(params), call)

    @operation(produces="image", title="Image to image", narrow=narrowing)
    async def img2img(self, params: flow.Rework, call: Call) -> Result:
        """Make a picture from others and words."""
        retirement.admit("elevenlabs", params.model)
        images = await flow.inlined([params.image, *params.references], call)
        return await flow.drive("image", flow.body(params) | {"images": images}, flow.seed_of(params), call)

    @operation(produces="video", title="Text to video", narrow=narrowing)
    async def txt2vid(self, params: flow.Film, call: Call) -> Result:
        """Make a film from words."""
        retirement.admit("elevenlabs", params.model)
        return await flow.drive("video", flow.body(params), flow.seed_of(params), call)

    @operation(produces="video", title="Image to video", narrow=narrowing)
    async def img2vid(self, params: flow.Moving, call: Call) -> Result:
        """Make a film that begins, and where wished ends, with a picture."""
        retirement.admit("elevenlabs", params.model)
        names = {"start_frame": params.image, "end_frame": params.last_image}
        frames = {word: flow.inline(await call.material(name)) for word, name in names.items() if name}
        return await flow.drive("video", flow.body(params) | frames, flow.seed_of(params), call)


async def _sound(
    path: str, said: Mapping[str, Any], params: sound.Wanted, call: Call, expected: Price | None
) -> Result:
    retirement.admit("elevenlabs", params.model)
    seed: int = getattr(params, "seed", -1)

    async def work() -> Result:
        answer = await call.http.send("POST", path, body=said, query=sound.wire_format(params))
        return sound.heard(answer, call.settings, seed=seed, expected=expected)

    return await call.once(work)


async def _voices(wanted: Sequence[str], call: Call, count: int) -> list[str]:
    """Return the ids of voices that were named, or of the account's own where none was."""
    if not wanted:
        return await call.memo("voices", lambda: _found(call, count))
    return [each if _ID.fullmatch(each) else await _named(each, call) for each in wanted]


async def _named(name: str, call: Call) -> str:
    return (await call.memo(f"voice:{name}", lambda: _found(call, 1, name)))[0]


async def _found(call: Call, count: int, name: str | None = None) -> list[str]:
    listed = await call.http.get("/v2/voices", page_size=min(max(count, 1), 100), search=name)
    rows = listed.get("voices") if isinstance(listed, dict) else None
    ids = [row["voice_id"] for row in rows or () if isinstance(row, dict) and isinstance(row.get("voice_id"), str)]
    if not ids:
        whom = f"The account has no voice {plain(name)!r}" if name else "The account has no voice"
        raise RequestRejected(whom, hint="Choose one of the account's voices, or add one at ElevenLabs.")
    return ids


PROVIDER = ElevenLabs()
