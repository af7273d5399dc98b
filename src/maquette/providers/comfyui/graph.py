"""Import a graph in either of ComfyUI's formats, and fill one in."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from maquette.core.params import Media

from .binding import exposed, fields, spots
from .canvas import from_canvas
from .node import Graph, Kinds, refused

_MAKERS: tuple[tuple[Media, tuple[str, ...]], ...] = (
    ("video", ("SaveVideo", "SaveWEBM", "VHS_VideoCombine", "PreviewVideo")),
    ("audio", ("SaveAudio", "PreviewAudio")),
    ("image", ("SaveImage", "PreviewImage", "SaveAnimated", "SaveSVG", "Image Save")),
    ("text", ("PreviewAny", "SaveText", "ShowText", "PreviewText")),
)


def import_graph(
    document: Mapping[str, Any], *, object_info: Kinds | None, name: str, expose: Sequence[str] = ()
) -> dict[str, Any]:
    """Turn a ComfyUI file into the body of a graph definition.

    Args:
        document: The file, in API format or as the editor saves it.
        object_info: The server's `/object_info`; without it the editor's format cannot be read and no list is offered.
        name: What the graph is called.
        expose: Further inputs to offer, each as `node.input`.

    Returns:
        `graph` (API format), `inputs` (one entry a field: name, targets, schema), `title`, `produces`, `schema` (what
        forms and validation read) and `document` (the file itself, for export).

    Raises:
        ParamsInvalid: The file is no graph, or a node of it cannot be mapped; the message names the node.
    """
    document = _original(document)
    graph = _graph(document, object_info, name)
    inputs = list(fields(spots(graph), graph, object_info))
    paths = [_path(graph, path, name) for path in expose]
    inputs += exposed(paths, graph, object_info, {entry["name"] for entry in inputs})
    return {
        "graph": graph,
        "inputs": inputs,
        "title": name,
        "produces": _produces(graph, object_info, name),
        "schema": _schema(inputs, name),
        "document": document,
    }


def is_canvas(document: Mapping[str, Any]) -> bool:
    """Tell whether a file is in the editor's format, which only the server's list of nodes explains."""
    return isinstance(_original(document).get("nodes"), list)


def filled(graph: Graph, inputs: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a copy of `graph` with `values` at the targets of their fields; what is not given stays as it was."""
    made = copy.deepcopy({key: dict(node) for key, node in graph.items()})
    for entry in inputs:
        if entry["name"] in values:
            for node, name in entry["targets"]:
                made[node]["inputs"][name] = values[entry["name"]]
    return made


def _original(document: Mapping[str, Any]) -> Mapping[str, Any]:
    # The body of a definition, exported and imported again, holds the file that it was made from.
    inner = document.get("document")
    return inner if isinstance(inner, Mapping) and isinstance(document.get("inputs"), list) else document


def _graph(document: Mapping[str, Any], kinds: Kinds | None, name: str) -> dict[str, dict[str, Any]]:
    if is_canvas(document):
        if kinds is None:
            raise refused(name, "nodes", "it is in the editor's format, which needs a reachable ComfyUI server to read")
        made = from_canvas(document, kinds, name)
    else:
        made = {key: _checked(node, str(key), name) for key, node in _prompt(document).items()}
    if not made:
        raise refused(name, "", "the file holds no node that runs")
    return made


def _prompt(document: Mapping[str, Any]) -> Mapping[str, Any]:
    # Some exports wrap the graph as the body of a request.
    inner = document.get("prompt")
    return inner if isinstance(inner, Mapping) and "class_type" not in document else document


def _checked(node: Any, key: str, name: str) -> dict[str, Any]:
    if not isinstance(node, Mapping) or not isinstance(node.get("class_type"), str):
        raise refused(name, key, f"node {key} has no `class_type`: this is not a ComfyUI graph")
    if not isinstance(node.get("inputs"), Mapping):
        raise refused(name, key, f"node {key} ({node['class_type']}) has no `inputs`")
    return {**node, "inputs": dict(node["inputs"])}


def _path(graph: Graph, path: str, name: str) -> tuple[str, str]:
    node, _, given = path.partition(".")
    if node not in graph or given not in graph[node]["inputs"]:
        raise refused(name, path, f"there is no input {path!r}")
    if isinstance(graph[node]["inputs"][given], list):
        raise refused(name, path, f"the input {path!r} is fed by another node")
    return node, given


def _produces(graph: Graph, kinds: Kinds | None, name: str) -> Media:
    for media, makers in _MAKERS:
        if any(node["class_type"].startswith(makers) for node in graph.values()):
            return media
    known = [kinds.get(node["class_type"], {}) for node in graph.values()] if kinds is not None else []
    if kinds is not None and not any(isinstance(k, Mapping) and k.get("output_node") for k in known):
        raise refused(name, "", "no node saves anything; add a Save Image node")
    return "image"


def _schema(inputs: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    properties = {entry["name"]: {"title": _title(entry["name"])} | entry["schema"] for entry in inputs}
    needed = [word for word, spec in properties.items() if "default" not in spec]
    prompt = properties.get("prompt")
    if prompt is not None and not prompt.get("default"):
        needed.insert(0, "prompt")
        prompt["minLength"] = 1
    return {
        "title": name,
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def _title(word: str) -> str:
    return {"n": "Count"}.get(word, word.replace("_", " ").capitalize())
