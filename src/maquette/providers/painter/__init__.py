"""Images by a procedural painter: fixed rules on this machine, with no model, no key and no network."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.example import shown_by
from maquette.core.params import Counted, ImageId, MaskId, Params, Prompted, Seeded, Sized, hint, slider

from .sample import EXAMPLES

_ENGINE: Final = "maquette.providers.painter.engine"
_PAINTED: Final = "Painted by fixed rules from the words of the prompt; no model was used."
_SKETCH: Final = "A sketch: the painter knows none of the prompt's words. Drawn by fixed rules; no model was used."
_REWORKED: Final = "Reworked by fixed rules; no model was used."

_SEEDS: Final = 2**32


class Painting(Prompted, Sized, Seeded, Counted):
    """Parameters of a painted picture."""

    model_config = shown_by(*EXAMPLES)


class Repainting(Prompted, Seeded, Counted):
    """Parameters of a picture that is painted over another one."""

    image: ImageId
    """The picture to start from."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.6
    """How far to go from the picture towards the prompt: 0 keeps it, 1 repaints it."""


class Inpainting(Prompted, Seeded, Counted):
    """Parameters of a picture of which a part is repainted."""

    image: ImageId
    """The picture to mend or to change."""
    mask: MaskId
    """A picture that is white where to repaint and black where to keep."""


class Enlarging(Params):
    """Parameters of an enlargement."""

    image: ImageId
    """The picture to enlarge."""
    factor: Annotated[Literal[2, 3, 4], Field(json_schema_extra=hint(unit="times"))] = 2
    """How many times wider and higher."""


class Varying(Seeded, Counted):
    """Parameters of variations of a picture."""

    image: ImageId
    """The picture to vary."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.4
    """How far a variation may go from the picture."""


class Painter(Provider):
    """Simple pictures at once: named shapes and colours exactly, scenes as illustrations, anything else as a sketch."""

    title = "Painter (built in)"
    keyless = True

    @override
    async def check(self, call: Call) -> None:
        """Paint a very small picture."""
        await call.offload(f"{_ENGINE}:paint", prompt="a dot", seed=0, width=16, height=16, target="check.png")

    @operation(produces="image", title="Text to image", free=True)
    async def txt2img(self, params: Painting, call: Call) -> Result:
        """Paint what a prompt names; shapes, colours, numbers and places are taken at their word."""
        size = {"width": params.width, "height": params.height}
        return await _each(params, params.n, call, function="paint", arguments={"prompt": params.prompt, **size})

    @operation(produces="image", title="Image to image", free=True)
    async def img2img(self, params: Repainting, call: Call) -> Result:
        """Restyle a picture by a prompt and add what it names."""
        source = await _lend(call, "source", params.image)
        arguments = {"source": source, "prompt": params.prompt, "strength": params.strength}
        return await _each(params, params.n, call, function="repaint", arguments=arguments)

    @operation(produces="image", title="Inpaint", free=True)
    async def inpaint(self, params: Inpainting, call: Call) -> Result:
        """Repaint the white part of a mask; the rest stays as it is, to the pixel."""
        arguments = {
            "source": await _lend(call, "source", params.image),
            "mask": await _lend(call, "mask", params.mask),
            "prompt": params.prompt,
            "strength": 1.0,
        }
        return await _each(params, params.n, call, function="repaint", arguments=arguments)

    @operation(produces="image", title="Upscale", free=True)
    async def upscale(self, params: Enlarging, call: Call) -> Result:
        """Enlarge a picture with steep, clean edges; no detail is invented."""
        source = await _lend(call, "source", params.image)
        made = await call.offload(f"{_ENGINE}:enlarge", source=source, factor=params.factor, target="enlarged.png")
        # Enlarging says nothing of how the picture came to be.
        return Result([_output("enlarged.png", made, None, origin="unknown")])

    @operation(produces="image", title="Vary", free=True)
    async def vary(self, params: Varying, call: Call) -> Result:
        """Make variations of a picture: its forms drift and its light turns."""
        arguments = {"source": await _lend(call, "source", params.image), "strength": params.strength}
        return await _each(params, params.n, call, function="vary", arguments=arguments)


async def _each(params: Seeded, n: int, call: Call, *, function: str, arguments: Mapping[str, Any]) -> Result:
    """Make n pictures from seeds that follow each other; -1 draws the first one."""
    first = params.seed if params.seed >= 0 else secrets.randbelow(_SEEDS)
    origin: Literal["algorithm", "unknown"] = "algorithm" if function == "paint" else "unknown"
    outputs = []
    for number in range(n):
        await call.progress(number / n, f"painting {number + 1} of {n}")
        seed, name = (first + number) % _SEEDS, f"{function}-{number + 1}.png"
        made = await call.offload(f"{_ENGINE}:{function}", **arguments, seed=seed, target=name)
        outputs.append(_output(name, made, seed, origin=origin))
    return Result(outputs)


async def _lend(call: Call, name: str, asset_id: str) -> str:
    return call.file(name, (await call.material(asset_id)).content)


def _output(name: str, made: Mapping[str, Any], seed: int | None, *, origin: Literal["algorithm", "unknown"]) -> Output:
    """Return a picture with a label that is true of it."""
    label = _SKETCH if made.get("sketch") else _PAINTED if "sketch" in made else _REWORKED
    notes = {"label": label, "kind": "algorithmic", **made}
    return Output("image", path=name, name=name, source=origin, seed=seed, notes=notes)


PROVIDER = Painter()
