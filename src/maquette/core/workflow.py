"""A workflow as data: its steps read from a document, and what can be told to be wrong before it ever runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsonschema_rs import ValidationError as SchemaError
from jsonschema_rs import meta, validator_for

from . import display
from .action import Action
from .adapt import COMMON
from .errors import MaquetteError, ParamsInvalid, TemplateInvalid
from .template import condition_of, is_plain, needed, path_of, paths, render

KIND = "workflow"
"""The kind of the definitions of workflows."""
RUN = "workflow.run"
"""The action that runs one."""
SHIPPED = "workflow-shipped"
"""The kind of the copies of shipped workflows that runs keep."""
MOST_STEPS = 200
_ID = re.compile(r"[A-Za-z][\w-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][\w .-]{0,99}")
_TOP = ("name", "title", "description", "inputs", "steps", "origin")
_KNOWN_VALUES = frozenset({"assets", "text"})

Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an action with templated inputs, or branches that run at once."""

    id: str
    title: str
    path: str
    """Where it stands in the document."""
    document: Mapping[str, Any]
    """The step as it is written; templates read it as `step`."""
    module_id: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    output: str | None = None
    condition: Mapping[str, Any] | None = None
    each: str | None = None
    item: str = "item"
    account: str | None = None
    branches: Sequence[Sequence[Step]] = ()

    @property
    def judges_items(self) -> bool:
        """Whether its condition is one of each item, and not of the step as a whole."""
        return (
            self.each is not None
            and self.condition is not None
            and condition_of(self.condition, f"{self.path}/if")[0].root in (self.item, "index")
        )

    def scope(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return what its templates may read."""
        return {"state": state, "step": self.document}

    def kept(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return what its value adds to the state."""
        return dict(value) if self.output is None else {self.output: dict(value)}

    def kept_all(self, values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return what the values of a step for each item of a list add to the state."""
        return {self.output or self.id: [dict(value) for value in values]}


@dataclass(frozen=True, slots=True)
class Workflow:
    """What a workflow does."""

    name: str
    title: str
    description: str
    inputs: Mapping[str, Any]
    """The JSON Schema of what it starts from."""
    steps: Sequence[Step]

    def walk(self) -> Iterator[Step]:
        """Yield every step in the order in which it is written, those of branches after the step that holds them."""
        yield from _walked(self.steps)


def _walked(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for branch in step.branches:
            yield from _walked(branch)


# -- reading --------------------------------------------------------------------------------------------------------


def read(document: Mapping[str, Any]) -> Workflow:
    """Return the workflow that a document describes; raises `ParamsInvalid` that names every fault with its path."""
    faults = list[Fault]()
    name = document.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        faults.append(_fault("/name", "a name is 1 to 100 letters, digits, spaces, dots and dashes"))
    inputs = document.get("inputs", {"type": "object", "properties": {}})
    faults += [_unknown(f"/{word}", word, _TOP) for word in document if word not in _TOP and not word.startswith("x-")]
    steps = _steps(document.get("steps"), "/steps", faults)
    made = Workflow(
        name=str(name),
        title=str(document.get("title") or name),
        description=str(document.get("description") or ""),
        inputs=inputs if isinstance(inputs, Mapping) else {},
        steps=steps,
    )
    faults += [*_bad_inputs(inputs), *_twice(made)]
    if faults:
        raise refused(faults)
    return made


def refused(faults: Sequence[Fault]) -> ParamsInvalid:
    """Return the error that names some faults of a document."""
    first = faults[0]
    return ParamsInvalid(f"The workflow: {first['path']}: {first['message']}", errors=list(faults))


def _steps(found: Any, path: str, faults: list[Fault]) -> list[Step]:
    if not isinstance(found, list) or not found:
        faults.append(_fault(path, "a list with at least one step"))
        return []
    if len(found) > MOST_STEPS:
        faults.append(_fault(path, f"at most {MOST_STEPS} steps"))
        return []
    made = [_step(step, f"{path}/{number}", faults) for number, step in enumerate(found)]
    return [step for step in made if step is not None]


def _step(found: Any, path: str, faults: list[Fault]) -> Step | None:
    if not isinstance(found, Mapping):
        faults.append(_fault(path, "a step is an object"))
        return None
    faults += _bad_words(found, path)
    branches = found.get("parallel", [])
    if not isinstance(branches, list):
        faults.append(_fault(f"{path}/parallel", "a list of lists of steps"))
        branches = []
    return Step(
        id=str(found.get("id")),
        title=str(found.get("title") or found.get("id")),
        path=path,
        document=found,
        module_id=found.get("module_id"),
        inputs=inputs if isinstance(inputs := found.get("inputs"), Mapping) else {},
        output=found.get("output"),
        condition=found.get("if"),
        each=found.get("each"),
        item=str(found.get("as", "item")),
        account=found.get("account"),
        branches=[_steps(branch, f"{path}/parallel/{number}", faults) for number, branch in enumerate(branches)],
    )


def _bad_words(found: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if not isinstance(found.get("id"), str) or not _ID.fullmatch(found["id"]):
        yield _fault(f"{path}/id", "an id is a letter, then letters, digits, _ and -")
    if ("module_id" in found) == ("parallel" in found):
        yield _fault(path, "a step has either a `module_id` or `parallel` branches")
    for word in ("module_id", "title", "output", "each", "as", "account"):
        if word in found and not isinstance(found[word], str):
            yield _fault(f"{path}/{word}", "a text")
    if "inputs" in found and not isinstance(found["inputs"], Mapping):
        yield _fault(f"{path}/inputs", "an object")


def _bad_inputs(inputs: Any) -> Iterator[Fault]:
    if not isinstance(inputs, Mapping):
        yield _fault("/inputs", "a JSON Schema of an object")
        return
    if inputs.get("type", "object") != "object":
        yield _fault("/inputs/type", "the inputs are an object")
    try:
        meta.validate(dict(inputs))
    except SchemaError as error:
        yield _fault("/inputs/" + "/".join(map(str, error.instance_path)), error.message)


def _twice(made: Workflow) -> Iterator[Fault]:
    known = dict[str, str]()
    for step in made.walk():
        if step.id in known:
            yield _fault(f"{step.path}/id", f"{step.id!r} is the id of the step at {known[step.id]} already")
        known.setdefault(step.id, step.path)


# -- running --------------------------------------------------------------------------------------------------------


def begin(workflow: Workflow, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state that a run starts with: the inputs with their defaults; raises `ParamsInvalid`."""
    fields: Mapping[str, Any] = workflow.inputs.get("properties", {})
    values = with_defaults(workflow, inputs)
    if faults := list(unfit(workflow.inputs, values, "")):
        raise ParamsInvalid(f"The inputs: {faults[0]['path']}: {faults[0]['message']}", errors=faults)
    strange = [name for name in values if fields and name not in fields]
    if strange:
        raise ParamsInvalid(
            f"The inputs: there is no {strange[0]!r}", errors=[_unknown(f"/{name}", name, fields) for name in strange]
        )
    return values


def with_defaults(workflow: Workflow, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs together with the defaults of those that are not given."""
    fields: Mapping[str, Any] = workflow.inputs.get("properties", {})
    return {name: spec["default"] for name, spec in fields.items() if "default" in spec} | dict(inputs)


def unfit(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[Fault]:
    """Yield how a value does not fit a JSON Schema, each with its path."""
    for error in validator_for(dict(schema)).iter_errors(value):
        path = "".join(f"/{part}" for part in error.instance_path)
        yield _fault(f"{where}{path}", error.message)


def late(action: Action | None) -> frozenset[str]:
    """Return the parameters that a module fills in by itself, so that their templates are left as they are."""
    fields = action.schema().get("properties", {}) if action is not None and action.composite else {}
    return frozenset(name for name, spec in fields.items() if spec.get("x-late"))


def filled(step: Step, action: Action | None, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a step's job; raises `TemplateInvalid`.

    What is `x-late` stays unresolved, and goes along with the part of the scope that it may need.
    """
    later = late(action)
    where = f"{step.path}/inputs"
    made = {
        name: value if name in later else render(value, scope, f"{where}/{name}") for name, value in step.inputs.items()
    }
    if action is not None and later and "scope" in action.schema().get("properties", {}):
        made.setdefault("scope", needed({name: made[name] for name in later if name in made}, scope))
    return made


# -- checking -------------------------------------------------------------------------------------------------------


def check(workflow: Workflow, find: Callable[[str], Action]) -> Iterator[Fault]:
    """Yield what is wrong with a workflow as far as that can be told without running it.

    Args:
        workflow: What was read.
        find: Returns an action by name, or raises `UnknownAction`.
    """
    fields: Mapping[str, Any] = workflow.inputs.get("properties", {})
    yield from _checked(workflow.steps, find, set(fields) if fields else None)


def _checked(steps: Sequence[Step], find: Callable[[str], Action], known: set[str] | None) -> Iterator[Fault]:
    """Check some steps; `known` are the names in the state, None once they cannot be told."""
    for step in steps:
        try:
            action = find(step.module_id) if step.module_id else None
        except MaquetteError as error:
            yield _fault(f"{step.path}/module_id", f"{error.message}. {error.advice}")
            known = None
            continue
        yield from _wrong(step, action, known)
        for branch in step.branches:
            yield from _checked(branch, find, None if known is None else set(known))
        known = _after(step, action, known)


def _after(step: Step, action: Action | None, known: set[str] | None) -> set[str] | None:
    if known is None or action is None:
        return None
    if step.output or step.each:
        return known | {step.output or step.id}
    return None if action.composite else known | _KNOWN_VALUES


def _wrong(step: Step, action: Action | None, known: set[str] | None) -> Iterator[Fault]:
    names, later = _names(step), late(action)
    for name, value in step.inputs.items():
        yield from _bad_paths(value, f"{step.path}/inputs/{name}", step, known, None if name in later else names)
    if step.each is not None:
        yield from _bad_paths(step.each, f"{step.path}/each", step, known, {"state", "step"})
    if step.condition is not None:
        yield from _bad_condition(step, known)
    if action is not None:
        yield from _bad_params(step, action)
    yield from _bad_display(step.document, step.path)


def _names(step: Step) -> set[str]:
    """Return what the templates of a step may read."""
    return {"state", "step"} | ({step.item, "index"} if step.each else set())


def _bad_paths(value: Any, where: str, step: Step, known: set[str] | None, names: set[str] | None) -> Iterator[Fault]:
    try:
        found = list(paths(value, where))
    except TemplateInvalid as error:
        yield from error.details["errors"]
        return
    for path, place in found:
        if names is not None and (strange := sorted(path.names - names)):
            yield _unknown(place, strange[0], sorted(names), f"{path.text!r}: ")
        first = path.keys[0] if path.keys else None
        members = {"step": step.document, "state": known}.get(path.root)
        if members is not None and isinstance(first, str) and first not in members:
            yield _unknown(place, first, sorted(members), f"{path.text!r}: ")


def _bad_condition(step: Step, known: set[str] | None) -> Iterator[Fault]:
    where = f"{step.path}/if"
    try:
        path, _ = condition_of(step.condition, where)
    except TemplateInvalid as error:
        yield from error.details["errors"]
        return
    yield from _bad_paths("{{ " + path.text + " }}", where, step, known, _names(step))


def _bad_params(step: Step, action: Action) -> Iterator[Fault]:
    schema = action.schema()
    fields: Mapping[str, Any] = schema.get("properties", {})
    closed = not schema.get("additionalProperties", not fields)
    where = f"{step.path}/inputs"
    for name, value in step.inputs.items():
        if name not in fields:
            if closed and (action.composite or name not in COMMON):
                yield _unknown(f"{where}/{name}", name, fields)
        elif is_plain(value):
            yield from unfit({**fields[name], "$defs": schema.get("$defs", {})}, value, f"{where}/{name}")
    for name in schema.get("required", ()):
        if name not in step.inputs:
            yield _fault(f"{where}/{name}", f"{action.name!r} needs {name!r}")


def _bad_display(value: Any, where: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        return
    for name, inner in value.items():
        if str(name).endswith("display_schema") and isinstance(inner, Mapping):
            yield from display.faults(inner, f"{where}/{name}")
        elif name != "parallel":
            yield from _bad_display(inner, f"{where}/{name}")


def nested(workflow: Workflow) -> Iterator[tuple[str, str]]:
    """Yield the workflows that a workflow runs, as far as they are named, each with the path where."""
    for step in workflow.walk():
        name = step.inputs.get("workflow")
        if step.module_id == RUN and isinstance(name, str) and is_plain(name):
            yield name, f"{step.path}/inputs/workflow"


def _unknown(path: str, name: str, known: Sequence[str] | Mapping[str, Any], before: str = "") -> Fault:
    near = difflib.get_close_matches(name, list(known), 1)
    meant = f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(known) or 'nothing'}"
    return _fault(path, f"{before}there is no {name!r}{meant}")


def _fault(path: str, message: str) -> Fault:
    return {"path": path, "message": message}


def items_of(step: Step, scope: Mapping[str, Any]) -> list[Any]:
    """Return the list over which a step runs; raises `TemplateInvalid` where it is none."""
    where = f"{step.path}/each"
    text = step.each or ""
    found = render(text if "{{" in text else "{{ " + path_of(text, where).text + " }}", scope, where)
    if not isinstance(found, list) or len(found) > MOST_STEPS * 5:
        raise TemplateInvalid(
            f"{where}: {text!r} is no list of at most {MOST_STEPS * 5} items",
            errors=[_fault(where, "a list is needed")],
        )
    return found
