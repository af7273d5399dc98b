"""Offer Runware's pictures, films and upscalers as actions: https://runware.ai/docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import retirement
from maquette.core.action import Call, Output, Provider, Result, Settings, operation
from maquette.core.answer import part, parts
from maquette.core.errors import ProviderError, QuotaExhausted
from maquette.core.inline import data_uri
from maquette.core.narrow import Narrowing
from maquette.core.params import Media, slider
from maquette.core.proof import proved
from maquette.core.usual import Usual

from . import shape, wire

_HOME = "https://api.runware.ai"


class Account(Settings):
    """Credentials of a Runware account."""

    api_key: SecretStr
    """The key from the vendor's console."""
    base_url: HttpUrl = HttpUrl(_HOME)
    """Where the API listens, without its version path."""
    pace_s: Annotated[float, slider(0.2, 60, step=0.2, advanced=True)] = 2
    """Seconds between two questions whether a task is done."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the header that authenticates every request."""
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters; None for one that the catalog does not have."""
    return catalog.narrowing("runware", model)


class Runware(Provider):
    """Pictures, films and upscalers of many makers, by Runware."""

    title: ClassVar[str] = "Runware"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"RUNWARE_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """Read the balance: free, and fails on a bad key."""
        question = [wire.free_task("accountManagement", operation="getDetails")]
        told = await proved(call, wire.ROOT, vendor=self.title, fits=_is_balance, body=question)
        if faults := parts(told.get("errors")):
            raise wire.named(faults[0])
        left = part(parts(told["data"])[0], "balance").get("amount")
        if isinstance(left, int | float) and left <= 0:
            raise QuotaExhausted("The account has no balance left at Runware")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that the status says, and where it says nothing else the first fault of a body."""
        faults = parts(body.get("errors"))
        if not faults or status >= 500:
            return None
        return wire.named(faults[0], status)

    @override
    async def find(self, token: str, call: Call) -> Any | None:
        """Return the handle of the task submitted under `token`, which is its id at the provider."""
        return {"task": token} if await wire.known(call, token) else None

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models whose parameters the catalog knows; every other AIR id works too."""
        return [{"id": row.id, "title": row.title, "media": row.media} for row in catalog.models("runware").values()]

    @operation(produces="image", title="Text to image", narrow=narrowing)
    async def txt2img(self, params: shape.Painted, call: Call) -> Result:
        """Make pictures from words."""
        return await _made("imageInference", params, {}, "image", call)

    @operation(produces="image", title="Image to image", narrow=narrowing)
    async def img2img(self, params: shape.Rework, call: Call) -> Result:
        """Make pictures from pictures and words."""
        pictures = [data_uri(await call.material(name)) for name in (params.image, *params.references)]
        left = narrowing(params.model)
        # A model without a strength does not start from a picture, it looks at it.
        looks = left is not None and "strength" in left.drop
        inputs = {"referenceImages": pictures} if looks or params.references else {"seedImage": pictures[0]}
        return await _made("imageInference", params, inputs, "image", call)

    @operation(produces="video", title="Text to video", narrow=narrowing)
    async def txt2vid(self, params: shape.Film, call: Call) -> Result:
        """Make a film from words."""
        return await _made("videoInference", params, {}, "video", call)

    @operation(produces="video", title="Image to video", narrow=narrowing)
    async def img2vid(self, params: shape.Animate, call: Call) -> Result:
        """Make a film that begins with a picture."""
        frames = [{"image": data_uri(await call.material(params.image)), "frame": "first"}]
        if params.last_image:
            frames.append({"image": data_uri(await call.material(params.last_image)), "frame": "last"})
        return await _made("videoInference", params, {"frameImages": frames}, "video", call)

    @operation(produces="image", title="Upscale", narrow=narrowing)
    async def upscale(self, params: shape.Enlarge, call: Call) -> Result:
        """Enlarge a picture."""
        inputs = {"image": data_uri(await call.material(params.image))}
        return await _made("upscale", params, inputs, "image", call)


async def _made(kind: str, params: Any, inputs: Mapping[str, Any], media: Media, call: Call) -> Result:
    """Submit a task under an id of ours and wait for all of its results."""
    retirement.admit("runware", params.model)
    left = narrowing(params.model)
    task = shape.task(kind, params, call.token, inputs, sorted(left.drop) if left else ())
    handle = await call.once(lambda: wire.submitted(call, task))
    wanted, kept = getattr(params, "n", 1), dict[str, Mapping[str, Any]]()

    async def finished() -> list[Mapping[str, Any]] | None:
        done, faults = await wire.look(call, handle["task"])
        # A result may come once or with every answer; each has an address of its own.
        kept.update((wire.link_of(item), item) for item in done)
        if faults and not kept:
            raise wire.failure(faults[0])
        return list(kept.values()) if len(kept) + len(faults) >= wanted else None

    items = await call.poll(finished, every=call.settings.pace_s)
    outputs = [_output(media, item, getattr(params, "seed", None)) for item in items]
    return Result(outputs, cost=wire.cost_of(items), response={"results": [dict(item) for item in items]})


def _output(media: Media, item: Mapping[str, Any], asked: int | None) -> Output:
    seed = item.get("seed", asked)
    notes = {"nsfw": True} if item.get("NSFWContent") else {}
    return Output(media, url=wire.link_of(item), seed=seed if isinstance(seed, int) else None, notes=notes)


def _is_balance(told: Mapping[str, Any]) -> bool:
    return bool(parts(told.get("errors"))) or any(
        row.get("taskType") == "accountManagement" for row in parts(told.get("data"))[:1]
    )


PROVIDER = Runware()
