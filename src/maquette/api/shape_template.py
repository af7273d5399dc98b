"""What callers get of templates."""

from __future__ import annotations

from typing import Any, Literal

from maquette.api.shape import Shape
from maquette.core import pattern
from maquette.core.form import normalise
from maquette.core.params import Media
from maquette.core.pattern import Variable
from maquette.core.prompt import Format
from maquette.services.pack import Taken
from maquette.services.template import Rendered, TemplateView, example


class TemplateShape(Shape):
    """One template as it is in force."""

    id: str
    name: str
    title: str
    description: str
    category: str
    subcategory: str
    media: Media
    format: Format
    base_prompt: str
    negative_prompt: str
    style: str
    dynamic: bool
    default_params: dict[str, Any]
    variables: dict[str, Variable]
    values: dict[str, str]
    context_mappings: dict[str, str]
    version: int
    origin: Literal["user", "shipped"]
    """`shipped` for one that came with the installation; a change of it is kept as the workspace's own."""
    resets: bool
    """Whether it stands in the place of a shipped one, which comes back when it is deleted."""
    fields: dict[str, Any]
    """The form of its values, as JSON Schema."""
    picture: str | None
    """The address of an example picture, where there is one."""
    example: str
    """The prompt, filled in with its own examples as far as there are any."""
    created_at: int | None

    @classmethod
    def of(cls, view: TemplateView) -> TemplateShape:
        """Return a template as it is shown."""
        return cls(
            **view.template.model_dump(),
            id=view.definition.id,
            version=view.definition.version,
            origin="user" if view.origin == "user" else "shipped",
            resets=view.resets,
            fields=normalise(pattern.schema(view.template)),
            picture=f"/api/v1/templates/{view.template.name}/picture" if view.origin == "shipped" else None,
            example=example(view.template, {})[0],
            created_at=view.created_at,
        )


class RenderedShape(Shape):
    """A template that was filled in."""

    prompt: str
    negative_prompt: str
    params: dict[str, Any]
    """The default parameters of the template."""
    values: dict[str, Any]
    """The value of each variable, wherever it came from."""
    template: str
    """The id of the template."""
    name: str
    version: int
    style: str
    seed: int | None
    """By which a varied prompt was drawn; null where nothing varies."""

    @classmethod
    def of(cls, made: Rendered) -> RenderedShape:
        """Return what was filled in as it is shown."""
        return cls(
            prompt=made.prompt,
            negative_prompt=made.negative_prompt,
            params=dict(made.params),
            values=dict(made.used_values),
            template=made.template,
            name=made.name,
            version=made.version,
            style=made.style,
            seed=made.seed,
        )


class PreviewShape(Shape):
    """What a template would become."""

    prompt: str
    negative_prompt: str
    missing: list[str]
    """Variables without a value; they stand in the text in brackets."""
    faults: list[dict[str, Any]]
    """Why it could not be kept: `path` and `message`."""
    fields: dict[str, Any] | None = None
    """The form of its values, as JSON Schema, where its texts can be read."""


class VariedShape(Shape):
    """What a varied prompt becomes."""

    prompts: list[str]
    combinations: int
    """How many there are at all; 201 stands for more than 200."""


class TakenShape(Shape):
    """What an import did, by name."""

    created: list[str]
    updated: list[str]
    unchanged: list[str]

    @classmethod
    def of(cls, taken: Taken) -> TakenShape:
        """Return it as it is shown."""
        return cls(created=taken.created, updated=taken.updated, unchanged=taken.unchanged)


class WordlistShape(Shape):
    """One list of varied prompts."""

    name: str
    lines: list[str]
    origin: Literal["user", "shipped"]
