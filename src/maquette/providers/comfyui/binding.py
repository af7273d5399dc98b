"""Find in a graph the inputs that people fill in, and name them by the common words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .node import Graph, Kinds, Spec, linked, specs

_TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt")
_STRINGS = ("value", "text", "string")
_LOADERS = {
    "LoadImage": ("image", "image"),
    "LoadImageMask": ("mask", "image"),
    "LoadAudio": ("audio", "audio"),
    "LoadVideo": ("video", "file"),
}
_ASSETS = {"image": "image", "mask": "image", "audio": "audio", "video": "video"}
_NUMBERS = {"seed": "seed", "noise_seed": "seed", "steps": "steps", "cfg": "guidance"}
_MODELS = ("ckpt_name", "unet_name")
_SIZES = {"width": "width", "height": "height", "batch_size": "n"}
_ORDER = (
    *("prompt", "negative_prompt", "image", "mask", "audio", "video", "model"),
    *("width", "height", "n", "steps", "guidance", "strength", "seed"),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One input of one node."""

    word: str
    node: str
    input: str
    value: Any


def spots(graph: Graph) -> list[Spot]:
    """Return the inputs of a graph that have a common word, in the order of a form."""
    found = [*_texts(graph), *_loaders(graph), *_numbers(graph), *_latents(graph), *_guidance(graph), *_strength(graph)]
    return sorted(found, key=lambda spot: _ORDER.index(spot.word))


def _texts(graph: Graph) -> Iterator[Spot]:
    seen: set[tuple[str, str]] = set()
    for word, socket in (("prompt", "positive"), ("negative_prompt", "negative"), ("prompt", "conditioning")):
        for key, node in graph.items():
            start = linked(node["inputs"].get(socket))
            # A lone `conditioning` starts a search only where it ends one: at the guider of a sampler.
            if start is None or (socket == "conditioning" and not node["class_type"].endswith("Guider")):
                continue
            for place in _upstream(graph, start[0], socket, {key}):
                if (place.node, place.input) not in seen:
                    seen.add((place.node, place.input))
                    yield Spot(word, place.node, place.input, place.value)
    encoders = [k for k, n in graph.items() if n["class_type"].startswith("CLIPTextEncode")]
    if not seen and len(encoders) == 1:
        yield from (Spot("prompt", p.node, p.input, p.value) for p in _typed(graph, encoders[0]))


def _upstream(graph: Graph, key: str, role: str, passed: set[str]) -> Iterator[Spot]:
    """Walk against the links, from a sampler's conditioning to the texts that make it."""
    node = graph.get(key)
    if node is None or key in passed or node["class_type"] == "ConditioningZeroOut":
        return
    passed.add(key)
    here = list(_typed(graph, key))
    if here:
        yield from here
        return
    inputs = node["inputs"]
    split = role in inputs and role != "conditioning"
    for name, value in inputs.items():
        end = linked(value)
        if end and (name == role if split else name.startswith(("conditioning", "positive", "cond"))):
            yield from _upstream(graph, end[0], role, passed)


def _typed(graph: Graph, key: str) -> Iterator[Spot]:
    node = graph[key]
    if "TextEncode" not in node["class_type"]:
        return
    for name in _TEXTS:
        value = node["inputs"].get(name)
        end = linked(value)
        if isinstance(value, str):
            yield Spot("prompt", key, name, value)
        elif end and end[0] in graph:
            inputs = graph[end[0]]["inputs"]
            yield from (Spot("prompt", end[0], n, inputs[n]) for n in _STRINGS if isinstance(inputs.get(n), str))


def _loaders(graph: Graph) -> Iterator[Spot]:
    for key, node in graph.items():
        word, name = _LOADERS.get(node["class_type"], ("", ""))
        if word and isinstance(node["inputs"].get(name), str):
            yield Spot(word, key, name, node["inputs"][name])


def _numbers(graph: Graph) -> Iterator[Spot]:
    for key, node in graph.items():
        for name, value in node["inputs"].items():
            if name in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
                yield Spot(_NUMBERS[name], key, name, value)
            elif name in _MODELS and isinstance(value, str):
                yield Spot("model", key, name, value)


def _latents(graph: Graph) -> Iterator[Spot]:
    for key, node in graph.items():
        if node["class_type"].startswith("Empty"):
            for name, word in _SIZES.items():
                if isinstance(node["inputs"].get(name), int):
                    yield Spot(word, key, name, node["inputs"][name])


def _guidance(graph: Graph) -> Iterator[Spot]:
    for key, node in graph.items():
        value = node["inputs"].get("guidance")
        if node["class_type"] == "FluxGuidance" and isinstance(value, int | float):
            yield Spot("guidance", key, "guidance", value)


def _strength(graph: Graph) -> Iterator[Spot]:
    if any(node["class_type"] == "LoadImage" for node in graph.values()):
        for key, node in graph.items():
            value = node["inputs"].get("denoise")
            if isinstance(value, int | float) and value < 1:
                yield Spot("strength", key, "denoise", value)


def fields(found: Iterable[Spot], graph: Graph, kinds: Kinds | None) -> Iterator[dict[str, Any]]:
    """Yield a field for each word; inputs that hold the same value under one word are filled in together."""
    groups: dict[tuple[Any, ...], list[Spot]] = {}
    for spot in found:
        # A seed is one for the whole graph; a file belongs to its own loader.
        own = () if spot.word == "seed" else (spot.node,) if spot.word in _ASSETS else (repr(spot.value),)
        groups.setdefault((spot.word, *own), []).append(spot)
    taken: set[str] = set()
    for (word, *_), group in groups.items():
        name = _free(word, taken)
        if name == word or word in _ASSETS:
            taken.add(name)
            yield _field(name, group, _schema(group[0], graph, kinds))


def exposed(
    paths: Iterable[tuple[str, str]], graph: Graph, kinds: Kinds | None, taken: set[str]
) -> Iterator[dict[str, Any]]:
    """Yield a field for each `node.input` asked for by name."""
    for node, name in paths:
        spot = Spot(name, node, name, graph[node]["inputs"][name])
        field = _free(name.replace(".", "_"), taken)
        taken.add(field)
        yield _field(field, [spot], _schema(spot, graph, kinds))


def _free(word: str, taken: set[str]) -> str:
    return next(n for n in (word, *(f"{word}_{i}" for i in range(2, 1_000))) if n not in taken)


def _field(name: str, group: list[Spot], schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "targets": [[spot.node, spot.input] for spot in group], "schema": schema}


def _schema(spot: Spot, graph: Graph, kinds: Kinds | None) -> dict[str, Any]:
    if spot.word in _ASSETS:
        own = {"type": "string", "pattern": "^asset_[0-9a-f]{32}$", "x-accept": [_ASSETS[spot.word]]}
        drawn = {"x-widget": "mask", "x-mask": {"over": "image", "paint": "white"}}
        return own | (drawn if spot.word == "mask" else {"x-widget": "asset"})
    known = specs(kinds or {}, graph[spot.node]["class_type"]) or []
    spec = next((s for s in known if s.name == spot.input), None)
    return _offered(spec, spot.value) | _layout(spot.word) | {"default": -1 if spot.word == "seed" else spot.value}


def _offered(spec: Spec | None, value: object) -> dict[str, Any]:
    if spec is not None:
        return spec.schema()
    kinds: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number"}
    return {"type": kinds.get(type(value), "string")}


def _layout(word: str) -> dict[str, Any]:
    layouts: dict[str, dict[str, Any]] = {
        "prompt": {"x-widget": "textarea"},
        "negative_prompt": {"x-widget": "textarea", "x-advanced": True},
        "seed": {"x-widget": "seed", "x-advanced": True, "minimum": -1},
        "n": {"x-widget": "count", "minimum": 1, "maximum": 16},
        "steps": {"x-widget": "slider", "x-step": 1, "x-advanced": True, "minimum": 1, "maximum": 150},
        "guidance": {
            "type": "number",
            "x-widget": "slider",
            "x-step": 0.1,
            "x-advanced": True,
            "minimum": 0,
            "maximum": 30,
        },
        "strength": {"type": "number", "x-widget": "slider", "x-step": 0.05, "minimum": 0, "maximum": 1},
        "width": {"x-widget": "slider", "x-step": 8, "minimum": 16, "maximum": 4096},
        "height": {"x-widget": "slider", "x-step": 8, "minimum": 16, "maximum": 4096},
    }
    return layouts.get(word, {})
