"""FLUX pictures by Black Forest Labs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import charge, retirement
from maquette.core.action import Call, Cost, Output, Price, Provider, Result, Settings, operation
from maquette.core.answer import complaints, plain
from maquette.core.errors import (
    ContentRejected,
    GenerationFailed,
    OutcomeUnknown,
    ProviderError,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.inline import base64_of
from maquette.core.narrow import Narrowing
from maquette.core.params import ImageId, MaskId, Prompted, Seeded, hint, slider
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

_CREDIT_MICRO_USD = 10_000
_EVERY_S = 1.5
_MODERATED = ("Request Moderated", "Content Moderated")
_FAILED = ("Error", "Failed")
_MODEL: Any = Field(min_length=1, max_length=100, json_schema_extra=hint(widget="combobox", refresh=True))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_SIDE: Any = Field(ge=64, le=2048, multiple_of=16, json_schema_extra=hint(widget="slider", step=16))
_WIRE_NAMES = {"format": "output_format", "strictness": "safety_tolerance"}
_OPTIONAL = ("width", "height", "aspect_ratio", "steps", "guidance", "seed")


class Account(Settings):
    """Credentials of a Black Forest Labs account."""

    api_key: SecretStr
    """The key from the Black Forest Labs console."""
    base_url: HttpUrl = HttpUrl("https://api.bfl.ai")
    """Where the API listens, without a path; `https://api.eu.bfl.ai` and `https://api.us.bfl.ai` keep to a region."""
    domain: Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,100}$", json_schema_extra=hint(advanced=True))] = "bfl.ai"
    """The vendor's domain: results are asked after at whichever host of it an answer names."""

    @override
    def headers(self) -> dict[str, str]:
        return {"x-key": self.api_key.get_secret_value()}

    @override
    def trusts(self, url: str) -> bool:
        there, home = urlsplit(url), urlsplit(str(self.base_url))
        host = (there.hostname or "").rstrip(".")
        return there.scheme == home.scheme and (host == self.domain or host.endswith(f".{self.domain}"))


class Painted(Seeded, Prompted):
    """What every request for pictures has."""

    format: Literal["jpeg", "png"] = "jpeg"
    """The file format."""
    strictness: Annotated[int, slider(0, 5, advanced=True)] = 2
    """How much the vendor's filter lets through: 0 is the strictest."""


class Picture(Painted):
    """Parameters of a picture made from words."""

    model: Annotated[str, _MODEL] = "flux-2-pro"
    """The model; max is the best, klein the quickest, flex takes steps and guidance."""
    width: Annotated[int, _SIDE] = 1024
    """Width in pixels, a multiple of 16."""
    height: Annotated[int, _SIDE] = 1024
    """Height in pixels, a multiple of 16."""
    aspect_ratio: Annotated[
        str, Field(pattern=r"^([1-9]\d?:[1-9]\d?)?$", examples=["1:1", "16:9", "9:16", "4:3", "3:4"])
    ] = ""
    """Width to height, for the models that take no pixels."""
    steps: Annotated[int, slider(1, 50, advanced=True)] | None = None
    """How many refinement steps; only flex and fill know them."""
    guidance: Annotated[float, slider(1.5, 100, step=0.5, advanced=True)] | None = None
    """How closely to follow the prompt; only flex and fill know it."""


class Rework(Picture):
    """Parameters of a picture made from pictures."""

    image: ImageId
    """The picture to change."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=7), _ADVANCED] = ()
    """More pictures to draw from."""


class Inpaint(Painted):
    """Parameters of a repaint of one part."""

    image: ImageId
    """The picture to change."""
    mask: MaskId | None = None
    """Where to repaint: white is made anew, black stays; without one, the transparent part of the picture counts."""


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters; None for a model of which nothing is known."""
    return catalog.narrowing("bfl", model)


def picture_price(params: Picture) -> Price | None:
    """Estimate a picture: a price for each, or for its first megapixel and less for each further one."""
    rates = catalog.price("bfl", params.model)
    if rates is None or "megapixel" not in rates:
        return charge.expected("bfl", params.model, {"image": 1})
    more = max(0, math.ceil(params.width * params.height / 2**20) - 1)
    pictures = 1 + len(params.references) if isinstance(params, Rework) else 0
    own, all_ = ({"image": 1, "megapixel": more + each} for each in (0, pictures))
    return charge.expected("bfl", params.model, own, all_, all_)


def body(params: Painted, model: str) -> dict[str, Any]:
    """Return what a request says beside its pictures: a model is told only what it knows."""
    left = narrowing(model)
    dropped = left.drop if left else frozenset()
    said: dict[str, Any] = {"prompt": params.prompt}
    for word in (*_OPTIONAL, *_WIRE_NAMES):
        value = getattr(params, word, None)
        if word not in dropped and value not in (None, "", -1):
            said[_WIRE_NAMES.get(word, word)] = value
    return said


class BlackForestLabs(Provider):
    """FLUX pictures by Black Forest Labs."""

    title: ClassVar[str] = "Black Forest Labs"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"BFL_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """Read the balance: free, fails on a bad key and on an account without credits."""
        found = await proved(call, "/v1/credits", vendor="Black Forest Labs", fits=holds("credits"))
        if isinstance(found["credits"], int | float) and found["credits"] <= 0:
            raise QuotaExhausted(
                "The account has no credits left", hint="Buy credits at Black Forest Labs, or use another account."
            )

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that are known: the vendor has no list."""
        return catalog.listed("bfl")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        faults = body.get("detail")
        if status in (400, 422) and isinstance(faults, list):
            return RequestRejected(f"The provider refused the request: {complaints(faults)}")
        return None

    @operation(produces="image", title="Text to image", price=picture_price, narrow=narrowing)
    async def txt2img(self, params: Picture, call: Call) -> Result:
        """Make a picture from words."""
        return await _driven(params.model, body(params, params.model), picture_price(params), call)

    @operation(produces="image", title="Image to image", price=picture_price, narrow=narrowing)
    async def img2img(self, params: Rework, call: Call) -> Result:
        """Make a picture from up to eight others and words."""
        said = body(params, params.model)
        for number, name in enumerate((params.image, *params.references), 1):
            said["input_image" if number == 1 else f"input_image_{number}"] = base64_of(await call.material(name))
        return await _driven(params.model, said, picture_price(params), call)

    @operation(
        produces="image", title="Inpaint", price=lambda _: charge.expected("bfl", "flux-pro-1.0-fill", {"image": 1})
    )
    async def inpaint(self, params: Inpaint, call: Call) -> Result:
        """Repaint a part of a picture."""
        model = "flux-pro-1.0-fill"
        names = {"image": params.image, "mask": params.mask}
        files = {word: base64_of(await call.material(name)) for word, name in names.items() if name}
        return await _driven(model, body(params, model) | files, charge.expected("bfl", model, {"image": 1}), call)


async def _driven(model: str, said: Mapping[str, Any], expected: Price | None, call: Call) -> Result:
    retirement.admit("bfl", model)

    async def work() -> dict[str, Any]:
        taken = await call.http.post(f"/v1/{model}", said)
        if not isinstance(taken, dict) or not isinstance(taken.get("id"), str):
            raise OutcomeUnknown("The provider took the work and did not say under which id")
        return {"id": taken["id"], "polling_url": taken.get("polling_url"), "cost": taken.get("cost")}

    handle = await call.once(work)
    # The vendor answers under the host that holds the task; the path is the same at each.
    url = handle["polling_url"] or f"/v1/get_result?id={handle['id']}"
    done = await call.poll(lambda: _looked(str(url), call), every=_EVERY_S)
    seed = done.get("seed")
    output = Output("image", url=done["sample"], seed=seed if isinstance(seed, int) else None)
    response = {"id": handle["id"], "model": model, "cost": handle["cost"]}
    return Result([output], cost=_cost(handle["cost"], expected), response=response)


def _cost(charged: object, expected: Price | None) -> Cost | None:
    if isinstance(charged, int | float) and charged >= 0:
        return Cost(charge.whole(Decimal(str(charged)) * _CREDIT_MICRO_USD), "reported", f"{charged:g} credits")
    return Cost(expected.likely, "computed") if expected is not None else None


async def _looked(url: str, call: Call) -> dict[str, Any] | None:
    state = await call.http.get(url)
    status = str(state.get("status")) if isinstance(state, dict) else ""
    if status in _MODERATED:
        raise ContentRejected(f"The provider's safety system refused: {_reason(state, status)}", provider_code=status)
    if status in _FAILED:
        raise GenerationFailed(f"The provider failed: {_reason(state, status)}")
    if status == "Task not found":
        raise RequestRejected("The provider does not know the task", upstream_status=404)
    result = state.get("result") if status == "Ready" else None
    if isinstance(result, dict) and isinstance(result.get("sample"), str):
        return result
    fraction = state.get("progress") if isinstance(state, dict) else None
    await call.progress(fraction if isinstance(fraction, int | float) else None, plain(status.lower() or "waiting"))
    return None


def _reason(state: Mapping[str, Any], status: str) -> str:
    details = state.get("details")
    reasons = details.get("Moderation Reasons") if isinstance(details, Mapping) else details
    return plain(", ".join(map(str, reasons)) if isinstance(reasons, list) else reasons or status)


PROVIDER = BlackForestLabs()
