"""Turn a graph as ComfyUI's editor saves it (nodes, links, widget values) into the format that the server runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from maquette.core.errors import ParamsInvalid
from maquette.core.typed import convert

from .node import Kinds, Spec, refused, specs

_MUTED, _BYPASSED = 2, 4
_VIRTUAL = frozenset({"Note", "MarkdownNote", "PrimitiveNode", "Reroute"})
_CONTROL = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
_UPLOADS = ("image_upload", "audio_upload", "video_upload")
_MOST_HOPS = 1_000


class _Widget(msgspec.Struct):
    name: str


class _Socket(msgspec.Struct):
    name: str = ""
    type: Any = "*"
    link: int | None = None
    widget: _Widget | None = None


class _Node(msgspec.Struct):
    id: int | str
    type: str
    mode: int = 0
    title: str | None = None
    inputs: list[_Socket] | None = None
    outputs: list[_Socket] | None = None
    widgets_values: list[Any] | dict[str, Any] | None = None


class _Link(msgspec.Struct):
    id: int
    origin_id: int | str
    origin_slot: int


class _Document(msgspec.Struct):
    nodes: list[_Node]
    links: list[list[Any] | dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A graph of the editor, ready to be walked."""

    name: str
    nodes: Mapping[str, _Node]
    links: Mapping[int, _Link]
    kinds: Kinds

    def fault(self, node: _Node, message: str) -> ParamsInvalid:
        """Return the error that names a node."""
        return refused(self.name, f"nodes.{node.id}", f"node {node.id} ({node.title or node.type}): {message}")


def from_canvas(document: Mapping[str, Any], kinds: Kinds, name: str) -> dict[str, dict[str, Any]]:
    """Return the API format of an editor's graph; raises `ParamsInvalid` naming the node that cannot be mapped."""
    try:
        read = convert(document, _Document)
        links = [convert(_row(row), _Link) for row in read.links]
    except msgspec.ValidationError as error:
        raise refused(name, "nodes", f"it is not what the editor saves: {error}") from error
    canvas = _Canvas(name, {str(n.id): n for n in read.nodes}, {link.id: link for link in links}, kinds)
    return {key: _node(canvas, node) for key, node in canvas.nodes.items() if _runs(node)}


def _row(row: list[Any] | dict[str, Any]) -> dict[str, Any]:
    # A link is a list in most files and an object in the newest.
    return row if isinstance(row, dict) else dict(zip(("id", "origin_id", "origin_slot"), row, strict=False))


def _runs(node: _Node) -> bool:
    return node.type not in _VIRTUAL and node.mode not in (_MUTED, _BYPASSED)


def _node(canvas: _Canvas, node: _Node) -> dict[str, Any]:
    known = specs(canvas.kinds, node.type)
    if known is None:
        raise canvas.fault(node, _unknown(node.type))
    inputs = dict(_widgets(canvas, node, known)) | dict(_sockets(canvas, node))
    missing = [spec.name for spec in known if spec.required and spec.name not in inputs]
    if missing:
        raise canvas.fault(node, f"its input {missing[0]!r} has no value and no link to an active node")
    return {"class_type": node.type, "inputs": inputs, "_meta": {"title": node.title or node.type}}


def _unknown(kind: str) -> str:
    # A subgraph is named by a UUID, an older group by a prefix.
    if kind.startswith("workflow>") or kind.count("-") == 4:
        return "it is a group of nodes; unpack it in the editor first"
    return f"the server has no node {kind!r}; install the extension that brings it"


def _widgets(canvas: _Canvas, node: _Node, known: Sequence[Spec]) -> Iterator[tuple[str, Any]]:
    values = node.widgets_values
    typed = [spec for spec in known if spec.typed]
    if isinstance(values, dict):
        found = {spec.name: values.get(spec.name, spec.detail("default")) for spec in typed}
        yield from ((name, value) for name, value in found.items() if value is not None)
        return
    rest = list(values or ())
    for spec in typed:
        yield from _taken(canvas, node, spec, rest)


def _taken(canvas: _Canvas, node: _Node, spec: Spec, rest: list[Any]) -> Iterator[tuple[str, Any]]:
    """Take a widget's value off the list, and what the editor or a dynamic list puts behind it."""
    value = rest.pop(0) if rest else spec.detail("default")
    if value is None:
        return
    if not spec.fits(value):
        raise canvas.fault(node, f"the value {str(value)[:60]!r} does not fit its input {spec.name!r} ({spec.kind})")
    yield spec.name, value
    if rest and _accompanied(spec, rest[0]):
        rest.pop(0)
    for inner in (spec.branches or {}).get(str(value), ()):
        if inner.typed:
            yield from ((f"{spec.name}.{key}", found) for key, found in _taken(canvas, node, inner, rest))


def _accompanied(spec: Spec, behind: object) -> bool:
    # The editor puts widgets of its own behind some: what a seed does after each run, the button of an upload.
    if any(spec.detail(word) for word in _UPLOADS):
        return True
    followed = spec.detail("control_after_generate") or (spec.kind == "INT" and spec.name in ("seed", "noise_seed"))
    return bool(followed) and isinstance(behind, str) and behind in _CONTROL


def _sockets(canvas: _Canvas, node: _Node) -> Iterator[tuple[str, Any]]:
    for socket in node.inputs or ():
        found = _source(canvas, socket.link, node) if socket.link is not None else None
        if found is not None:
            yield (socket.widget.name if socket.widget else socket.name), found[0]


def _source(canvas: _Canvas, link: int, user: _Node) -> tuple[Any] | None:
    """Return what really feeds a link, through nodes that only the editor knows; None where nothing does."""
    onward: int | None = link
    for _ in range(_MOST_HOPS):
        if onward is None:
            return None
        end = canvas.links.get(onward)
        node = canvas.nodes.get(str(end.origin_id)) if end else None
        if end is None or node is None:
            raise canvas.fault(user, f"its link {onward} leads nowhere")
        if node.type != "Reroute" and node.mode != _BYPASSED:
            return _origin(node, end)
        onward = _through(node, end.origin_slot)
    raise canvas.fault(user, "its link runs in a circle")


def _origin(node: _Node, end: _Link) -> tuple[Any] | None:
    if node.mode == _MUTED:
        return None
    if node.type == "PrimitiveNode":
        return (node.widgets_values[0],) if isinstance(node.widgets_values, list) and node.widgets_values else None
    return ([str(end.origin_id), end.origin_slot],)


def _through(node: _Node, slot: int) -> int | None:
    """Return the link that a reroute or a bypassed node passes on: the input of the output's own type."""
    inputs, outputs = node.inputs or [], node.outputs or []
    wanted = outputs[slot].type if 0 <= slot < len(outputs) else "*"
    same = [i for i in inputs if node.type == "Reroute" or wanted == "*" or i.type in (wanted, "*")]
    beside = inputs[slot] if 0 <= slot < len(inputs) and inputs[slot] in same else None
    chosen = beside or (same[0] if same else None)
    return chosen.link if chosen else None
