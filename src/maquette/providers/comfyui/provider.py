"""Offer a ComfyUI server as actions: one built in, and one for every imported graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from maquette.core.action import Action, Call, Definition, Provider, Result, Settings, external_action, operation
from maquette.core.errors import ProviderError, ProviderUnavailable, RequestRejected
from maquette.core.params import OpenParams
from maquette.core.usual import Usual

from . import job, wire
from .graph import filled, import_graph, is_canvas
from .material import uploaded
from .node import specs
from .picture import Paint, picture_graph
from .settings import Account

_LOADER = "CheckpointLoaderSimple"


class Comfy(Provider):
    """Graphs on a ComfyUI server of your own."""

    title: ClassVar[str] = "ComfyUI"
    imports: ClassVar[str] = "Graph (API or interface format)"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(servers=("http://127.0.0.1:8188",))

    @override
    async def check(self, call: Call) -> None:
        """Ask what the server is."""
        stats = await wire.asked("/api/system_stats", call)
        if not isinstance(stats, dict) or not isinstance(stats.get("system"), dict):
            raise RequestRejected("The server does not answer as ComfyUI does", hint="Check the account's base URL.")

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the installed checkpoints."""
        return [{"id": name, "title": name, "media": "image"} for name in await _checkpoints(call)]

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
    async def txt2img(self, params: Paint, call: Call) -> Result:
        """Make pictures from words with a checkpoint of the server."""
        model = params.model or await call.memo("model", lambda: _first(call))
        return await job.drive(picture_graph(params, model), call, params.seed)


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


async def _checkpoints(call: Call) -> list[str]:
    found = await wire.asked("/api/models/checkpoints", call)
    if found is None:
        # Servers without lists of files still tell them in the description of the node that loads them.
        kinds = await wire.asked(f"/api/object_info/{_LOADER}", call)
        found = next((s.options for s in specs(kinds or {}, _LOADER) or () if s.name == "ckpt_name"), ())
    return [name for name in found if isinstance(name, str)]


async def _first(call: Call) -> str:
    installed = await _checkpoints(call)
    if not installed:
        raise RequestRejected("No checkpoint is installed", hint="Put a model into the server's `models/checkpoints`.")
    return installed[0]


PROVIDER = Comfy()
