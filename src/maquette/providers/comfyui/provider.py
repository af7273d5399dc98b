"""Offer a ComfyUI server as actions: one built in, and one for every imported graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from maquette.core.action import Action, Call, Definition, Provider, Result, Settings, external_action, operation
from maquette.core.answer import part
from maquette.core.errors import ProviderError, ProviderUnavailable, RequestRejected
from maquette.core.params import OpenParams
from maquette.core.proof import proved
from maquette.core.usual import Usual

from . import job, motion, picture, wire
from .graph import filled, import_graph, is_canvas
from .installed import chosen, installed
from .material import uploaded
from .settings import Account


class Comfy(Provider):
    """Graphs on a ComfyUI server of your own."""

    title: ClassVar[str] = "ComfyUI"
    imports: ClassVar[str] = "Graph (API or interface format)"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(servers=("http://127.0.0.1:8188",))

    @override
    async def check(self, call: Call) -> None:
        """Ask what the server is."""
        await proved(call, "/api/system_stats", vendor=self.title, fits=lambda told: bool(part(told, "system")))

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the installed checkpoints and diffusion models."""
        rows = [("checkpoint", ["image", "audio"]), ("diffusion_model", ["video"])]
        return [
            {"id": name, "title": name, "media": media} for kind, media in rows for name in await installed(kind, call)
        ]

    async def choices(self, field: str, call: Call) -> Sequence[Mapping[str, Any]]:
        """List what a parameter can be on the server."""
        return [{"id": name, "title": name} for name in await installed(field, call)]

    async def object_info(self, call: Call) -> Mapping[str, Any]:
        """Return the server's list of nodes, which the import of a graph reads."""
        found = await wire.asked("/api/object_info", call)
        if not isinstance(found, dict):
            raise RequestRejected("The server's list of nodes is not what ComfyUI sends")
        return found

    async def import_definition(
        self, document: Mapping[str, Any], *, name: str, call: Call | None
    ) -> Mapping[str, Any]:
        """Return the body of a definition for a ComfyUI file, with the help of the account's server where it runs."""
        return import_graph(document, object_info=await self._kinds(document, call), name=name)

    async def _kinds(self, document: Mapping[str, Any], call: Call | None) -> Mapping[str, Any] | None:
        if call is None:
            return None
        if is_canvas(document):
            return await self.object_info(call)
        # The API format is complete as it is; a server that is down only leaves its lists out.
        with suppress(ProviderUnavailable):
            return await self.object_info(call)
        return None

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop the job of `handle`, queued or running, and no other."""
        return await job.stop(str(handle["prompt_id"]), call)

    @override
    async def find(self, token: str, call: Call) -> Any | None:
        """Return the handle of the job submitted under `token`, or None if the server does not know it."""
        return {"prompt_id": token, "faults": []} if await job.known(token, call) else None

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        # A graph is refused with 400 alone; any other status is a proxy's, and means what it says.
        said = body if status == 400 else {word: value for word, value in body.items() if word != "node_errors"}
        return wire.refusal(said) if status < 500 else None

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        """Yield the built-in action and one for each imported graph."""
        built_in = list(super().actions())
        yield from built_in
        taken = {action.name for action in built_in}
        for definition in definitions:
            if definition.kind == "graph":
                made = _of_graph(built_in[0], definition, taken)
                taken.add(made.name)
                yield made

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: picture.Paint, call: Call) -> Result:
        """Make pictures from words with a checkpoint of the server."""
        return await job.drive(picture.picture_graph(params, await _model(params, call)), call, params.seed)

    @operation(produces="image", title="Image to image")
    async def img2img(self, params: picture.Rework, call: Call) -> Result:
        """Make pictures from another one and words."""
        model, image = await _model(params, call), await uploaded(params.image, call)
        return await job.drive(picture.rework_graph(params, model, image), call, params.seed)

    @operation(produces="image", title="Inpaint")
    async def inpaint(self, params: picture.Inpaint, call: Call) -> Result:
        """Repaint the white part of a mask; the rest stays as it is."""
        model, image, mask = await _model(params, call), *[await uploaded(i, call) for i in (params.image, params.mask)]
        whole = picture.is_whole(await call.material(params.image))
        return await job.drive(picture.inpaint_graph(params, model, image, mask, whole=whole), call, params.seed)

    @operation(produces="image", title="Outpaint")
    async def outpaint(self, params: picture.Outpaint, call: Call) -> Result:
        """Extend the canvas of a picture on any of its sides, and paint what is there."""
        model, image = await _model(params, call), await uploaded(params.image, call)
        sides = picture.sides(params, await call.material(params.image))
        return await job.drive(picture.outpaint_graph(params, model, image, sides), call, params.seed)

    @operation(produces="image", title="Upscale")
    async def upscale(self, params: picture.Enlarge, call: Call) -> Result:
        """Enlarge a picture, with an upscale model of the server or by resampling."""
        material = await call.material(params.image)
        size = (material.width or 0, material.height or 0)
        graph = picture.enlarge_graph(params, await uploaded(params.image, call), size)
        made = await job.drive(graph, call, None)
        # What enlarges says nothing of how the picture came to be.
        return replace(made, outputs=[replace(output, source="unknown") for output in made.outputs])

    @operation(produces="video", title="Text to video")
    async def txt2vid(self, params: motion.Film, call: Call) -> Result:
        """Make a film from words with a model of the Wan family."""
        wishes = {"diffusion_model": params.model, "text_encoder": params.text_encoder, "vae": params.vae}
        files = [await chosen(kind, wish, call) for kind, wish in wishes.items()]
        return await job.drive(motion.film_graph(params, *files), call, params.seed)

    @operation(produces="audio", title="Text to audio")
    async def txt2audio(self, params: motion.Sound, call: Call) -> Result:
        """Make a piece of music from words with a checkpoint of the ACE-Step family."""
        model = await chosen("checkpoint", params.model, call)
        return await job.drive(motion.sound_graph(params, model), call, params.seed)


async def _model(params: picture.Painted, call: Call) -> str:
    return await chosen("checkpoint", params.model, call)


def _of_graph(base: Action, definition: Definition, taken: set[str]) -> Action:
    body = definition.body

    async def run(params: OpenParams, call: Call) -> Result:
        values = params.values
        for entry in body["inputs"]:
            if "x-accept" in entry["schema"] and values.get(entry["name"]):
                values[entry["name"]] = await uploaded(values[entry["name"]], call)
        graph = filled(body["graph"], body["inputs"], values)
        return await job.drive(graph, call, _seed(graph, body["inputs"]))

    title = str(body.get("title") or definition.name)
    made = external_action(base, name=_name(definition.name, taken), title=title, schema=body["schema"])
    return replace(made, run=run, produces=body["produces"], summary=f"Run the imported graph {title!r}.")


def _name(title: str, taken: set[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "graph"
    names = (f"media.comfyui.{slug}{'' if i == 1 else f'_{i}'}" for i in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _seed(graph: Mapping[str, Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]]) -> int | None:
    for entry in inputs:
        if entry["name"] == "seed":
            node, name = entry["targets"][0]
            value = graph[node]["inputs"][name]
            return value if isinstance(value, int) else None
    return None


PROVIDER = Comfy()
