"""Read graphs and the server's list of nodes: what an input is, where a link leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maquette.core.errors import ParamsInvalid

Graph = Mapping[str, Mapping[str, Any]]
"""A graph in API format: `{node id: {"class_type": …, "inputs": {…}}}`."""
Kinds = Mapping[str, Any]
"""The server's list of nodes, as `/object_info` gives it."""

_PLAIN = {"INT": "integer", "FLOAT": "number", "STRING": "string", "BOOLEAN": "boolean"}
_DYNAMIC = "COMFY_DYNAMICCOMBO_V3"


@dataclass(frozen=True, slots=True)
class Spec:
    """What a node's input takes."""

    name: str
    kind: str
    """The server's word for the type; `COMBO` for all three styles of list."""
    required: bool
    options: tuple[Any, ...] = ()
    details: Mapping[str, Any] | None = None
    branches: Mapping[str, tuple[Spec, ...]] | None = None
    """The further inputs that come with each option of a dynamic list."""

    @property
    def typed(self) -> bool:
        """Whether a value is typed in (a widget) rather than linked (a socket)."""
        return (self.kind in _PLAIN or self.kind == "COMBO") and not self.detail("forceInput")

    def detail(self, name: str, default: Any = None) -> Any:
        """Return one of the server's remarks on the input."""
        return (self.details or {}).get(name, default)

    def fits(self, value: object) -> bool:
        """Tell whether a value is of the input's type; a list's contents are the server's to judge."""
        if self.kind in ("INT", "FLOAT"):
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.kind == "BOOLEAN":
            return isinstance(value, bool | int)
        return isinstance(value, str) if self.kind == "STRING" else isinstance(value, str | int | float | bool)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the values."""
        if self.kind == "COMBO":
            names = [option for option in self.options if isinstance(option, str | int | float)]
            return {"enum": names} if names else {"type": "string"}
        made: dict[str, Any] = {"type": _PLAIN.get(self.kind, "string")}
        for word, ours in (("min", "minimum"), ("max", "maximum")):
            bound = self.detail(word)
            if isinstance(bound, int | float) and made["type"] in ("integer", "number"):
                made[ours] = bound
        return made


def specs(kinds: Kinds, class_type: str) -> list[Spec] | None:
    """Return the inputs of a class in the order of its widgets, or None where the server does not have it."""
    known = kinds.get(class_type)
    if not isinstance(known, Mapping):
        return None
    return list(_read(known.get("input"), known.get("input_order")))


def _read(groups: Any, order: Any = None) -> Iterator[Spec]:
    if not isinstance(groups, Mapping):
        return
    for group in ("required", "optional"):
        inputs = groups.get(group) or {}
        names = order.get(group, inputs) if isinstance(order, Mapping) else inputs
        yield from (_spec(name, inputs[name], required=group == "required") for name in names if name in inputs)


def _spec(name: str, raw: Any, *, required: bool) -> Spec:
    kind = raw[0] if isinstance(raw, Sequence) and raw else "*"
    details = raw[1] if isinstance(raw, Sequence) and len(raw) > 1 and isinstance(raw[1], Mapping) else {}
    if isinstance(kind, list):
        return Spec(name, "COMBO", required, tuple(kind), details)
    options = details.get("options") or ()
    if kind == _DYNAMIC:
        rows = [row for row in options if isinstance(row, Mapping) and "key" in row]
        branches = {str(row["key"]): tuple(_read(row.get("inputs"))) for row in rows}
        return Spec(name, "COMBO", required, tuple(branches), details, branches)
    return Spec(name, str(kind), required, tuple(options) if isinstance(options, list) else (), details)


def linked(value: object) -> tuple[str, int] | None:
    """Return (node id, output) if an input's value is a link, else None."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int):
        return value[0], value[1]
    return None


def refused(graph: str, path: str, message: str) -> ParamsInvalid:
    """Return the error for a graph that cannot be taken; `path` names the node."""
    return ParamsInvalid(
        f"Graph {graph!r}: {message}",
        hint="Mend the graph in ComfyUI, or export it there by `Export (API)` and import that file.",
        errors=[{"path": path, "message": message}],
    )
