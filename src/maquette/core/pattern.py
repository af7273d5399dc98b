"""Templates of prompts, and styles, as documents: what people write, read and checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from . import prompt as prompts
from .documented import Documented
from .errors import MaquetteError, ParamsInvalid, TemplateInvalid
from .params import Media, hint
from .prompt import Format
from .template import look_up, path_of
from .wildcard import LINE, MOST_LINES

KIND = "template"
"""The kind of the definitions of templates."""
STYLE = "style"
"""The kind of the definitions of styles."""
OWN_WORDS = frozenset({"prompt", "negative_prompt"})
"""Parameters that the texts of a template become, so that its default parameters may not name them."""

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Text = Annotated[str, Field(max_length=8_000, json_schema_extra=hint(widget="textarea"))]
Short = Annotated[str, Field(max_length=200)]
Label = Annotated[str, Field(max_length=60)]
D = TypeVar("D", bound="Section")


class Section(Documented):
    """Base of a document's parts: closed, so that a misspelt word is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Variable(Section):
    """What a form says of a variable."""

    title: Short = ""
    """What people call it."""
    description: Annotated[str, Field(max_length=500)] = ""
    """What to write there."""
    default: Annotated[str, Field(max_length=2_000)] | None = None
    """What is taken where nothing is given; an empty one makes the variable optional."""


_LAYOUT: list[Any] = [
    "title",
    ["category", "subcategory", "media"],
    "base_prompt",
    "negative_prompt",
    ["style", "format", "dynamic"],
    "description",
    {"group": "More", "collapsed": True, "rows": [["name"], ["default_params"], ["variables"], ["context_mappings"]]},
]


class Template(Section):
    """A prompt with variables."""

    model_config = ConfigDict(json_schema_extra=hint(layout=_LAYOUT))

    name: Name
    """What requests call it. One of the name of a template that came with the installation takes its place."""
    title: Annotated[str, Field(min_length=1, max_length=200)]
    """What people call it."""
    description: Annotated[str, Field(max_length=2_000)] = ""
    """What it is for."""
    category: Annotated[str, Field(min_length=1, max_length=60)]
    """Under which heading it stands."""
    subcategory: Label = ""
    """What it is within its category."""
    media: Media = "image"
    """What its prompt is for."""
    format: Format = "double"
    """How variables are written: `double` is `{{ name }}`, `brace` is `{name}`."""
    base_prompt: Annotated[str, Field(min_length=1, max_length=8_000, json_schema_extra=hint(widget="textarea"))]
    """The prompt, with variables."""
    negative_prompt: Text = ""
    """What to keep out of the result; it may have variables too."""
    style: Annotated[str, Field(max_length=64, json_schema_extra=hint(options={"href": "/api/v1/styles"}))] = ""
    """A style whose words are added."""
    dynamic: bool = False
    """Whether `{a|b}`, `{1-5}` and `__list__` vary the filled prompt; only where variables are `double`."""
    default_params: Annotated[dict[str, Any], Field(max_length=50)] = Field(default_factory=dict)
    """Parameters where a request names none."""
    variables: Annotated[dict[VariableName, Variable], Field(max_length=50)] = Field(default_factory=dict)
    """Titles, descriptions and defaults of the variables, by name."""
    values: Annotated[dict[VariableName, Annotated[str, Field(max_length=2_000)]], Field(max_length=50)] = Field(
        default_factory=dict
    )
    """An example for each variable."""
    context_mappings: Annotated[dict[VariableName, Short], Field(max_length=50)] = Field(default_factory=dict)
    """Which part of a conversation's context fills a variable: its name, or a path such as `character.name`."""


class Style(Section):
    """A manner of picture: words that are added to a prompt, and what to keep out."""

    name: Name
    """What requests call it."""
    title: Annotated[str, Field(min_length=1, max_length=200)]
    """What people call it."""
    category: Label = "Other"
    """Under which heading it stands."""
    prompt: Annotated[str, Field(min_length=1, max_length=2_000)]
    """The words that are added to the prompt."""
    negative_prompt: Annotated[str, Field(max_length=2_000)] = ""
    """The words that are added to what is kept out."""


class Wordlist(Section):
    """A list for `__name__` in varied prompts."""

    name: Name
    """What prompts call it."""
    lines: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LINE)]], Field(min_length=1, max_length=MOST_LINES)
    ]
    """One of these is put in its place."""


class Pack(Section):
    """Templates and lists in one document, to hand on."""

    format: Literal["maquette-templates"] = "maquette-templates"
    """What tells this document from others."""
    version: Literal[1] = 1
    """The version of this form."""
    title: Short = ""
    """What the pack is called."""
    templates: Annotated[list[Template], Field(max_length=500)] = Field(default_factory=list)
    """The templates."""
    lists: Annotated[list[Wordlist], Field(max_length=100)] = Field(default_factory=list)
    """The lists that their prompts name."""


def read(document: Mapping[str, Any]) -> Template:
    """Return the template that a document describes; raises `ParamsInvalid` with the path of each fault."""
    template = parsed(Template, document, "The template")
    if found := list(faults(template)):
        raise refused("The template", found)
    return template


def parsed(kind: type[D], document: Mapping[str, Any], called: str) -> D:
    """Return a document as one of its kind; raises `ParamsInvalid` with the path of each fault."""
    try:
        return kind.model_validate(dict(document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        shown = [{"path": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in found]
        raise refused(called, shown) from error


def refused(called: str, found: Sequence[Mapping[str, Any]]) -> ParamsInvalid:
    """Return the error of a document with these faults."""
    first = found[0]
    return ParamsInvalid(f"{called}: {first['path']!r}: {first['message']}", errors=[dict(fault) for fault in found])


def written(document: Section) -> dict[str, Any]:
    """Return a document as it is kept."""
    return document.model_dump(mode="json", exclude_none=True)


def faults(template: Template) -> Iterator[dict[str, Any]]:
    """Yield what is wrong with a template beyond its shape, each with its path."""
    for word in ("base_prompt", "negative_prompt"):
        try:
            prompts.pieces(getattr(template, word), template.format)
        except TemplateInvalid as error:
            yield {"path": word, "message": error.message}
            return
    if template.dynamic and template.format == "brace":
        yield {"path": "dynamic", "message": "braces are variables here; write them as `{{ name }}` (format `double`)"}
    for word in sorted(OWN_WORDS & template.default_params.keys()):
        yield {"path": f"default_params.{word}", "message": "the texts of the template become this parameter"}
    yield from _strangers(template)


def _strangers(template: Template) -> Iterator[dict[str, Any]]:
    known = names(template)
    for part in ("variables", "values", "context_mappings"):
        for name in getattr(template, part):
            if name not in known:
                near = difflib.get_close_matches(name, known, 3)
                meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
                yield {"path": f"{part}.{name}", "message": f"no text of the template uses it{meant}", "near": near}
    for name, path in template.context_mappings.items():
        try:
            path_of(path)
        except TemplateInvalid as error:
            yield {"path": f"context_mappings.{name}", "message": error.message}


def names(template: Template) -> list[str]:
    """Return the names of the variables of a template, in order."""
    return prompts.variables(template.base_prompt, template.negative_prompt, form=template.format)


def schema(template: Template) -> dict[str, Any]:
    """Return the JSON Schema of a template's values, from which a form is drawn."""
    fields, required = dict[str, Any](), list[str]()
    for name in names(template):
        told = template.variables.get(name, Variable())
        field: dict[str, Any] = {"type": "string", "title": told.title or name.replace("_", " ").capitalize()}
        field |= hint(widget="text") | ({"description": told.description} if told.description else {})
        field |= hint(placeholder=template.values[name]) if template.values.get(name) else {}
        if told.default is not None:
            field |= {"default": told.default} if told.default else {}
        else:
            required.append(name)
        fields[name] = {**field, "maxLength": 8_000}
    known = list(fields)
    rows = [known[at : at + 2] for at in range(0, len(known), 2)]
    made = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    return made | hint(layout=rows)


def chosen(template: Template, values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each variable: as given, else from the context, else its default.

    Raises:
        TemplateInvalid: A variable has none of these, or a value is given that no text uses; each is named.
    """
    known = names(template)
    if strange := [name for name in values if name not in known]:
        near = difflib.get_close_matches(strange[0], known, 3)
        raise TemplateInvalid(
            f"The template {template.name!r} has no variable {strange[0]!r}",
            hint=f"Its variables: {', '.join(known) or 'none'}.",
            errors=[{"path": f"values.{name}", "message": f"there is no variable {name!r}"} for name in strange],
            near=near,
        )
    made, missing = dict[str, Any](), list[str]()
    for name in known:
        value = _first(template, name, values, context)
        made[name] = value
        if value is None:
            missing.append(name)
    if missing:
        raise prompts.undefined(missing)
    return made


def _first(template: Template, name: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    if not prompts.is_blank(values.get(name)):
        return values[name]
    found = _from(context, template.context_mappings.get(name))
    if not prompts.is_blank(found):
        return found
    told = template.variables.get(name)
    return told.default if told is not None else None


def _from(context: Mapping[str, Any], path: str | None) -> Any:
    if path is None:
        return None
    try:
        return look_up(path_of(path), context)
    except MaquetteError:
        return None  # the conversation does not speak of it
