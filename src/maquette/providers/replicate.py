"""Pictures and films by the many models at Replicate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import charge, retirement
from maquette.catalog.spell import known_words, spelled
from maquette.core.action import Call, Cost, Material, Output, Price, Provider, Result, Settings, Upload, operation
from maquette.core.answer import moderated, plain
from maquette.core.errors import (
    ContentRejected,
    GenerationFailed,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RequestRejected,
)
from maquette.core.inline import data_uri
from maquette.core.narrow import Narrowing
from maquette.core.params import Avoiding, ImageId, Media, Prompted, Seeded, hint, slider
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

_EVERY_S = 2.0
_API, _STORE = "api.replicate.com", "replicate.delivery"
_INLINE_BYTES = 256_000
"""The vendor takes larger files only through its own store."""
_FLAGGED = "E005"
_USUAL = {
    "n": "num_outputs",
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
    "format": "output_format",
    "last_image": "last_frame_image",
    "audio": "generate_audio",
}
"""How most of the models call our words."""
_ASSETS = frozenset({"image", "references", "last_image"})
_MODEL: Any = Field(
    pattern=r"^[\w.-]+/[\w.-]+(:[0-9a-f]{64})?$",
    max_length=200,
    json_schema_extra=hint(widget="combobox", refresh=True),
)
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_RATIO: Any = Field(pattern=r"^(auto|[1-9]\d?:[1-9]\d?)$", examples=["auto", "1:1", "16:9", "9:16", "4:3", "3:4"])
_EXTRA: Any = Field(max_length=50, json_schema_extra=hint(widget="json", advanced=True))


class Account(Settings):
    """Credentials of a Replicate account."""

    api_key: SecretStr
    """The token from the Replicate console."""
    base_url: HttpUrl = HttpUrl("https://api.replicate.com/v1")
    """Where the API listens, with its version path."""

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}

    @override
    def trusts(self, url: str) -> bool:
        """Tell whether an address is one of the vendor's stores of results, which want the token too."""
        there = urlsplit(url)
        host = (there.hostname or "").rstrip(".")
        ours = there.scheme == "https" and (host == _STORE or host.endswith(f".{_STORE}"))
        return ours and self.base_url.host == _API


class Asked(Seeded, Avoiding, Prompted):
    """What every request has."""

    extra: Annotated[dict[str, Any], _EXTRA] = Field(default_factory=dict)
    """Further words of the model, as its own page names them; they win over ours."""


class Picture(Asked):
    """Parameters of pictures made from words."""

    model: Annotated[str, _MODEL] = "black-forest-labs/flux-schnell"
    """The model as owner/name, with :version for one that is not official; known ones show only what they take."""
    n: Annotated[int, Field(ge=1, le=4, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    aspect_ratio: Annotated[str, _RATIO] = "auto"
    """Width to height; `auto` leaves it to the model."""
    steps: Annotated[int, slider(1, 50, advanced=True)] | None = None
    """How many refinement steps; empty leaves it to the model."""
    guidance: Annotated[float, slider(0, 20, step=0.5, advanced=True)] | None = None
    """How closely to follow the prompt; empty leaves it to the model."""
    format: Literal["auto", "png", "jpg", "webp"] = "auto"
    """The file format; `auto` leaves it to the model."""


class Rework(Picture):
    """Parameters of pictures made from pictures."""

    model: Annotated[str, _MODEL] = "black-forest-labs/flux-dev"
    """The model as owner/name, with :version for one that is not official; known ones show only what they take."""
    image: ImageId
    """The picture to change."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=9), _ADVANCED] = ()
    """More pictures to draw from, for the models that take several."""
    strength: Annotated[float, slider(0, 1, step=0.05)] | None = None
    """How far to go from the picture; empty leaves it to the model."""


class Film(Asked):
    """Parameters of a film made from words."""

    model: Annotated[str, _MODEL] = "bytedance/seedance-1-pro"
    """The model as owner/name, with :version for one that is not official; known ones show only what they take."""
    duration: Annotated[int, slider(2, 20)] = 5
    """Seconds."""
    aspect_ratio: Annotated[str, _RATIO] = "auto"
    """Width to height; `auto` leaves it to the model."""
    resolution: Literal["auto", "480p", "720p", "1080p"] = "auto"
    """How large; `auto` leaves it to the model."""


class Moving(Film):
    """Parameters of a film made from a picture."""

    image: ImageId
    """The first frame."""
    last_image: ImageId | None = None
    """The last frame, where the model can."""


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters: all of them, but nothing unasked, where nothing is known of it."""
    return catalog.lenient("replicate", model)


def price(params: Picture | Film) -> Price | None:
    """Estimate a request; None for the many models that are billed by the time they take."""
    return charge.expected("replicate", params.model, {"image": params.n}) if isinstance(params, Picture) else None


class Replicate(Provider):
    """Pictures and films by the many models at Replicate."""

    title: ClassVar[str] = "Replicate"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"REPLICATE_API_TOKEN": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """Read whose account it is: free, and fails on a bad key."""
        await proved(call, "/account", vendor="Replicate", fits=holds("username"))

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that are known; any other works by its name."""
        return catalog.listed("replicate")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        detail = body.get("detail")
        if not isinstance(detail, str) or status not in (400, 422):
            return None
        if _is_refused(detail):
            return ContentRejected(f"The provider's safety system refused: {plain(detail)}")
        return RequestRejected(f"The provider refused the request: {plain(detail)}", upstream_status=status)

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop a prediction; what it took until then is billed where the model is billed by time."""
        answer = (await call.http.send("POST", f"/predictions/{handle['id']}/cancel")).json()
        return isinstance(answer, dict) and answer.get("status") in ("canceled", "aborted")

    @operation(produces="image", title="Text to image", price=price, narrow=narrowing)
    async def txt2img(self, params: Picture, call: Call) -> Result:
        """Make pictures from words."""
        return await _run("image", params, call)

    @operation(produces="image", title="Image to image", price=price, narrow=narrowing)
    async def img2img(self, params: Rework, call: Call) -> Result:
        """Make pictures from others and words."""
        return await _run("image", params, call)

    @operation(produces="video", title="Text to video", price=price, narrow=narrowing)
    async def txt2vid(self, params: Film, call: Call) -> Result:
        """Make a film from words."""
        return await _run("video", params, call)

    @operation(produces="video", title="Image to video", price=price, narrow=narrowing)
    async def img2vid(self, params: Moving, call: Call) -> Result:
        """Make a film that begins with a picture."""
        return await _run("video", params, call)


async def _run(media: Media, params: Picture | Film, call: Call) -> Result:
    retirement.admit("replicate", params.model)
    words = known_words("replicate", params.model, params, skip=_ASSETS | {"model", "extra"})
    said = spelled("replicate", params.model, words | await _files(params, call), _USUAL) | params.extra
    handle = await call.once(lambda: _submitted(params.model, said, call))
    done = await call.poll(lambda: _ended(handle["id"], call), every=_EVERY_S)
    made = _outputs(media, done.get("output"), words.get("seed"))
    metrics = done.get("metrics")
    response = {"id": handle["id"], "model": params.model, "metrics": metrics if isinstance(metrics, dict) else {}}
    return Result(made, cost=_cost(params, len(made)), response=response)


async def _submitted(model: str, said: Mapping[str, Any], call: Call) -> dict[str, str]:
    name, _, version = model.partition(":")
    path = "/predictions" if version else f"/models/{name}/predictions"
    taken = await call.http.post(path, {"input": said} | ({"version": version} if version else {}))
    if not isinstance(taken, dict) or not isinstance(taken.get("id"), str):
        raise OutcomeUnknown("The provider took the work and did not say under which id")
    return {"id": taken["id"]}


async def _ended(name: str, call: Call) -> dict[str, Any] | None:
    state = await call.http.get(f"/predictions/{name}")
    status = state.get("status") if isinstance(state, dict) else None
    if status in ("starting", "processing"):
        await call.progress(_fraction(state.get("logs")), str(status))
        return None
    if status in ("failed", "canceled", "aborted"):
        raise _failure(str(status), plain(state.get("error") or "no reason given"))
    if status != "succeeded":
        raise ProviderUnavailable("The provider's answer names no state of the work")
    if state.get("output") is None:
        raise GenerationFailed("The result is gone: the provider keeps it for an hour")
    found: dict[str, Any] = state
    return found


def _failure(status: str, words: str) -> ProviderError:
    if _is_refused(words):
        return ContentRejected(f"The provider's safety system refused: {words}")
    if status == "failed":
        return GenerationFailed(f"The model failed: {words}")
    return GenerationFailed(f"Somebody stopped the work at the provider: {words}")


def _is_refused(words: str) -> bool:
    return moderated(words) or _FLAGGED in words


def _fraction(logs: object) -> float | None:
    """Return how far a model is that writes a bar into its log."""
    found = re.findall(r"(\d{1,3})%\|", logs[-2_000:]) if isinstance(logs, str) else []
    return min(int(found[-1]), 100) / 100 if found else None


def _outputs(media: Media, output: object, seed: int | None) -> list[Output]:
    """Read the addresses out of an answer whose shape is the model's own."""
    if isinstance(output, str):
        return [Output(media, url=output, seed=seed)] if output.startswith(("http://", "https://")) else []
    inner = output if isinstance(output, list) else list(output.values()) if isinstance(output, dict) else []
    return [made for each in inner for made in _outputs(media, each, seed)]


def _cost(params: Picture | Film, made: int) -> Cost | None:
    return charge.cost("replicate", params.model, {"image": made}) if isinstance(params, Picture) else None


async def _files(params: Any, call: Call) -> dict[str, Any]:
    names = {word: getattr(params, word, None) for word in sorted(_ASSETS)}
    single = {word: await _lent(name, call) for word, name in names.items() if isinstance(name, str)}
    more = [await _lent(name, call) for name in getattr(params, "references", ())]
    return single | ({"references": more} if more else {})


async def _lent(name: str, call: Call) -> str:
    """Return an asset as the vendor takes it: small ones within the request, larger ones through its store."""
    material = await call.material(name)
    if len(material.content) <= _INLINE_BYTES:
        return data_uri(material)
    return await call.memo(f"upload:{material.digest}", lambda: _uploaded(material, call))


async def _uploaded(material: Material, call: Call) -> str:
    part = Upload("content", material.content, material.name, material.mime)
    answer = (await call.http.send("POST", "/files", parts=[part])).json()
    urls = answer.get("urls") if isinstance(answer, dict) else None
    if not isinstance(urls, dict) or not isinstance(urls.get("get"), str):
        raise RequestRejected("The provider took the upload and did not say where it is")
    return str(urls["get"])


PROVIDER = Replicate()
