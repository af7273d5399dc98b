"""Offer models on this machine as actions."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, Settings, operation
from maquette.core.errors import RequestRejected
from maquette.core.params import Avoiding, ImageId, MaskId, Prompted, Seeded, Sized, Stepped, hint, slider

from .process import Worker
from .settings import Account

_GRAIN = 8
_LARGEST = 2048


class Made(Prompted, Avoiding, Stepped, Seeded):
    """What every picture has."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The model's folder; empty takes the first that is there."""
    n: Annotated[int, Field(ge=1, le=8, json_schema_extra=hint(widget="count"))] = 1
    """How many to make, one after the other."""
    lora: Annotated[
        str, Field(max_length=500, json_schema_extra=hint(widget="combobox", options={}, advanced=True))
    ] = ""
    """The file name of a LoRA to add."""
    lora_weight: Annotated[float, slider(-2, 2, step=0.05, advanced=True)] = 1.0
    """How strongly the LoRA acts."""


class Imagine(Made, Sized):
    """Parameters of a picture made from words."""


class Rework(Made):
    """Parameters of a picture made from another one."""

    image: ImageId
    """The picture to start from; the result has its size, rounded to whole steps of 8 pixels."""
    strength: Annotated[float, slider(0.05, 1, step=0.05)] = 0.6
    """How far to go from the picture: little keeps it, 1 makes it anew."""


class Inpaint(Rework):
    """Parameters of a picture of which a part is repainted."""

    mask: MaskId
    """A picture that is white where to repaint and black where to keep."""
    strength: Annotated[float, slider(0.05, 1, step=0.05)] = 1.0
    """How far to go from the picture under the mask: little keeps it, 1 makes it anew."""


class Diffusers(Provider):
    """Pictures by diffusion models on this machine, with no server and no key."""

    title: ClassVar[str] = "Diffusers (this machine)"
    settings: ClassVar[type[Settings]] = Account

    def __init__(self) -> None:
        self._workers: dict[tuple[Any, ...], Worker] = {}

    @override
    async def check(self, call: Call) -> None:
        """Look for the library, the models and the device."""
        account: Account = call.settings
        missing = [name for name in ("torch", "diffusers", "transformers") if find_spec(name) is None]
        if missing:
            advice = "Install the extra `maquette[diffusers]` and start the server again."
            raise RequestRejected(f"The library is not installed: {', '.join(missing)}", hint=advice)
        await asyncio.to_thread(account.place, "")
        await self._worker(account).ask({"work": "probe", **_machine(account)}, _silent)

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models in the account's folder."""
        names = await asyncio.to_thread(call.settings.listed)
        return [{"id": name, "title": name, "media": "image"} for name in names]

    async def choices(self, field: str, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the LoRA files in the account's folder."""
        names = await asyncio.to_thread(call.settings.adapters) if field == "lora" else []
        return [{"id": name, "title": name} for name in names]

    async def close(self) -> None:
        """End the processes that hold models."""
        workers, self._workers = self._workers, {}
        for worker in workers.values():
            await worker.close()

    @operation(produces="image", title="Text to image", free=True)
    async def txt2img(self, params: Imagine, call: Call) -> Result:
        """Make pictures from words."""
        return await self._made("txt2img", params, {"width": params.width, "height": params.height}, call)

    @operation(produces="image", title="Image to image", free=True)
    async def img2img(self, params: Rework, call: Call) -> Result:
        """Make pictures from another one and words."""
        return await self._made("img2img", params, await _start(params, call), call)

    @operation(produces="image", title="Inpaint", free=True)
    async def inpaint(self, params: Inpaint, call: Call) -> Result:
        """Repaint the white part of a mask."""
        return await self._made("inpaint", params, await _start(params, call), call)

    async def _made(self, task: str, params: Made, more: Mapping[str, Any], call: Call) -> Result:
        account: Account = call.settings
        words = {"prompt": params.prompt, "negative_prompt": params.negative_prompt or None}
        dials = {"num_inference_steps": params.steps, "guidance_scale": params.guidance}
        request = {
            "work": "generate",
            "task": task,
            "n": params.n,
            "seed": params.seed,
            "model": await asyncio.to_thread(account.place, params.model),
            "lora": await asyncio.to_thread(account.adapter, params.lora) if params.lora else "",
            "lora_weight": params.lora_weight,
            "parameters": {**words, **dials, **more},
            **_machine(account),
        }
        with tempfile.TemporaryDirectory(prefix="maquette-") as folder:
            request |= {"folder": folder, "inputs": await _lend(params, Path(folder), call)}

            async def hear(told: Mapping[str, Any]) -> None:
                await call.progress(told["fraction"], told["message"])

            made = await self._worker(account).ask(request, hear)
            contents = [await asyncio.to_thread((Path(folder) / name).read_bytes) for name in made["files"]]
        seeds = [int(name.removeprefix("picture-").removesuffix(".png")) - 1 + params.seed for name in made["files"]]
        outputs = [Output("image", content=c, seed=s) for c, s in zip(contents, seeds, strict=True)]
        return Result(outputs, response={"device": made["device"], "pipeline": made["pipeline"]})

    def _worker(self, account: Account) -> Worker:
        # Accounts that need the same process share its models; a process belongs to the loop that started it.
        key = (id(asyncio.get_running_loop()), account.idle_s, account.keep, account.downloads)
        if key not in self._workers:
            self._workers[key] = Worker(account.idle_s, account.keep, downloads=account.downloads)
        return self._workers[key]


def _machine(account: Account) -> dict[str, Any]:
    return {
        "device": account.device,
        "dtype": account.dtype,
        "offload": account.offload,
        "downloads": account.downloads,
    }


async def _start(params: Rework, call: Call) -> dict[str, Any]:
    image = await call.material(params.image)
    width, height = (min(max(side or 512, 64), _LARGEST) // _GRAIN * _GRAIN for side in (image.width, image.height))
    return {"strength": params.strength, "width": width, "height": height}


async def _lend(params: Made, folder: Path, call: Call) -> list[str]:
    """Write the input pictures where the process finds them, and return their names."""
    names = []
    for name in ("image", "mask"):
        if (asset := getattr(params, name, None)) is not None:
            await asyncio.to_thread((folder / name).write_bytes, (await call.material(asset)).content)
            names.append(name)
    return names


async def _silent(_: Mapping[str, Any]) -> None:
    return None


PROVIDER = Diffusers()
