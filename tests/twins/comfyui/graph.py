"""Check a graph before it is queued, with ComfyUI's words for what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from tests.twins.comfyui.kind import KINDS
from tests.twins.comfyui.node import DYNAMIC, Input
from tests.twins.wire import Json, Refused, json_answer

NUMBERS: Final[Mapping[str, Callable[[Any], Any]]] = {"INT": int, "FLOAT": float}


@dataclass(frozen=True)
class Checked:
    """Hold what of a graph can run.

    Attributes:
        outputs: The output nodes whose whole branch is good.
        node_errors: What is wrong, by node; a graph runs even so if one output is good.
    """

    outputs: list[str]
    node_errors: Json


@dataclass
class Inspection:
    """Walk a graph from its outputs and collect what is wrong at each node."""

    graph: Json
    find: Callable[[str], Path]
    errors: dict[str, list[Json]] = field(default_factory=dict)

    def visit(self, name: str, above: tuple[str, ...] = ()) -> set[str]:
        """Check a node and all that it depends on, and return the nodes of the branch."""
        branch = {name}
        if name not in self.errors:
            self.errors[name] = list(self._wrong(name, is_output=not above))
        for value in self.graph[name].get("inputs", {}).values():
            if _is_link(value) and value[0] in self.graph and value[0] not in above:
                branch |= self.visit(value[0], (*above, name))
        return branch

    def _wrong(self, name: str, *, is_output: bool) -> Iterator[Json]:
        given = self.graph[name].get("inputs", {})
        spec = KINDS[self.graph[name]["class_type"]]
        for key, kind in {**spec.required, **spec.optional}.items():
            if key not in given:
                if key in spec.required:
                    yield _error("required_input_missing", "Required input is missing", key, {"input_name": key})
            elif _is_link(given[key]):
                yield from self._linked(key, kind, given[key], is_output=is_output)
            elif self.graph[name]["class_type"] in ("LoadImage", "LoadImageMask") and key == "image":
                yield from self._file(key, kind, given[key])
            else:
                yield from _value(key, kind, given)

    def _linked(self, key: str, kind: Input, link: list[Any], *, is_output: bool) -> Iterator[Json]:
        about: Json = {"input_name": key, "input_config": kind, "linked_node": link}
        source = self.graph.get(link[0])
        outputs = list(KINDS[source["class_type"]].outputs.values()) if source else []
        if source and link[1] < len(outputs):
            found, wanted = outputs[link[1]], kind[0]
            if wanted not in {found, "*"}:
                details = f"{key}, received_type({found}) mismatch input_type({wanted})"
                about["received_type"] = found
                yield _error("return_type_mismatch", "Return type mismatch between linked nodes", details, about)
            return
        kind_of, details = ("IndexError", "tuple index out of range") if source else ("KeyError", f"'{link[0]}'")
        raised: Json = {"exception_type": kind_of, "traceback": []}
        if is_output:
            yield _error("exception_during_validation", "Exception when validating node", details, raised)
        else:
            about |= {**raised, "exception_message": details}
            message = "Exception when validating inner node"
            yield _error("exception_during_inner_validation", message, details, about)

    def _file(self, key: str, kind: Input, value: object) -> Iterator[Json]:
        if not self.find(str(value)).is_file():
            details = f"{key} - Invalid image file: {value}"
            about = {"input_name": key, "input_config": kind, "received_value": value}
            yield _error("custom_validation_failed", "Custom validation failed for node", details, about)


def checked(graph: Json, find: Callable[[str], Path]) -> Checked:
    """Check a graph.

    Args:
        graph: Nodes by id, in the API format.
        find: Returns the path of an uploaded file.

    Raises:
        Refused: Nothing of it can run.
    """
    for name, node in graph.items():
        _known(name, node)
    ends = [name for name, node in graph.items() if KINDS[node["class_type"]].output_node]
    if not ends:
        refuse("prompt_no_outputs", "Prompt has no outputs")
    inspection = Inspection(graph, find)
    branches = {end: inspection.visit(end) for end in ends}
    wrong = {name: errors for name, errors in inspection.errors.items() if errors}
    node_errors = {
        name: {
            "errors": errors,
            "dependent_outputs": [end for end, branch in branches.items() if name in branch],
            "class_type": graph[name]["class_type"],
        }
        for name, errors in wrong.items()
    }
    good = [end for end, branch in branches.items() if not branch & set(wrong)]
    if not good:
        refuse("prompt_outputs_failed_validation", "Prompt outputs failed validation", node_errors=node_errors)
    return Checked(good, node_errors)


def refuse(
    kind: str, message: str, details: str = "", extra: Json | None = None, node_errors: Json | None = None
) -> NoReturn:
    """Refuse a graph in ComfyUI's shape."""
    raise Refused(
        json_answer({"error": _error(kind, message, details, extra or {}), "node_errors": node_errors or {}}, 400)
    )


def _known(name: str, node: Any) -> None:
    kind = node.get("class_type") if isinstance(node, dict) else None
    if kind in KINDS:
        return
    title = (node.get("_meta") or {}).get("title", kind) if kind else None
    message = (
        f"Node '{title}' not found. The custom node may not be installed."
        if kind
        else f"Node 'ID #{name}' has no class_type. The workflow may be corrupted or a custom node is missing."
    )
    extra = {"node_id": name, "class_type": kind, "node_title": title}
    refuse("missing_node_type", message, f"Node ID '#{name}'", extra)


def _value(key: str, kind: Input, given: Json) -> Iterator[Json]:
    about: Json = {"input_name": key, "input_config": kind, "received_value": given[key]}
    choices = _choices(kind)
    if choices is not None:
        yield from _chosen(key, choices, about)
        if kind[0] == DYNAMIC:
            yield from _inner(key, kind, given)
    elif kind[0] in NUMBERS:
        yield from _number(key, kind, about)


def _number(key: str, kind: Input, about: Json) -> Iterator[Json]:
    value, bounds = about["received_value"], kind[1]
    try:
        number = NUMBERS[kind[0]](value)
    except (TypeError, ValueError) as error:
        message = f"Failed to convert an input value to a {kind[0]} value"
        about = {**about, "exception_message": str(error)}
        yield _error("invalid_input_type", message, f"{key}, {value}, {error}", about)
        return
    if number < bounds["min"]:
        yield _error("value_smaller_than_min", f"Value {value} smaller than min of {bounds['min']}", key, about)
    if number > bounds["max"]:
        yield _error("value_bigger_than_max", f"Value {value} bigger than max of {bounds['max']}", key, about)


def _chosen(key: str, choices: list[Any], about: Json) -> Iterator[Json]:
    if about["received_value"] not in choices:
        details = f"{key}: '{about['received_value']}' not in {choices}"
        yield _error("value_not_in_list", "Value not in list", details, about)


def _inner(key: str, kind: Input, given: Json) -> Iterator[Json]:
    # A missing inner value is let pass, as the plain old form (`format` beside `codec`) still runs.
    for option in kind[1]["options"]:
        if option["key"] == given[key]:
            for name, inner in option["inputs"].get("required", {}).items():
                if f"{key}.{name}" in given:
                    yield from _value(f"{key}.{name}", inner, given)


def _choices(kind: Input) -> list[Any] | None:
    if isinstance(kind[0], list):
        return kind[0]
    if kind[0] == "COMBO":
        return list(kind[1]["options"])
    return [option["key"] for option in kind[1]["options"]] if kind[0] == DYNAMIC else None


def _is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def _error(kind: str, message: str, details: str, extra: Json) -> Json:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}
