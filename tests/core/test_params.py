"""One model is the form, the flags, the docs and the check; its schema is plain enough for every reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from jsonschema_rs import validator_for
from pydantic import Field, SecretStr, ValidationError

from maquette.core.action import Settings
from maquette.core.params import HINTS, ImageId, Params, Seeded, Stepped, asset, hint, slider
from maquette.core.registry import Registry
from tests.core.form import FORMS, Sides, action_of


class Optional(Params):
    """A form on which much may stay empty."""

    image: ImageId | None = None
    """The picture to start from."""
    images: list[ImageId] = Field(default_factory=list, max_length=3)
    """More pictures."""
    mask: Annotated[str, asset("image")] | None = None
    """Where to paint."""
    steps: Annotated[int, slider(1, 9, advanced=True)] | None = None
    """How often."""
    note: str | None = "none"
    """Anything."""


class Keys(Settings):
    """Credentials."""

    api_key: SecretStr
    """The key."""
    organisation: str | None = None
    """The organisation."""


def every_schema() -> Iterator[Any]:
    for form in (*FORMS, Optional):
        yield pytest.param(form.schema_of(), id=form.__name__)
    yield pytest.param(Keys.schema_of(), id="Keys")
    registry = Registry()
    for name in registry.names():
        yield pytest.param(registry.provider(name).settings.schema_of(), id=f"account of {name}")
        for action in registry.of(name).values():
            yield pytest.param(action.schema(), id=action.name)


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from nodes(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from nodes(part)


@pytest.mark.parametrize("schema", [*every_schema()])
def test_no_reader_has_to_know_of_null(schema: dict[str, Any]) -> None:
    for node in nodes(schema):
        assert node.get("type") != "null"
        assert node.get("default", 0) is not None
        assert {"type": "null"} not in node.get("anyOf", [])


@pytest.mark.parametrize("schema", [*every_schema()])
def test_every_layout_hint_is_of_the_closed_vocabulary(schema: dict[str, Any]) -> None:
    used = {key for node in nodes(schema) for key in node if key.startswith("x-")}
    assert used <= HINTS


@pytest.mark.parametrize("schema", [*every_schema()])
def test_every_field_is_explained(schema: dict[str, Any]) -> None:
    assert [name for name, spec in schema.get("properties", {}).items() if not spec.get("description")] == []


@pytest.mark.accepts("S1.86")
@pytest.mark.parametrize(
    ("word", "meaning"),
    [("steps", ("quality", "longer")), ("guidance", ("CFG", "prompt", "adheres")), ("seed", ("same", "result"))],
)
def test_the_help_of_a_dial_says_what_it_does_wherever_it_is_offered(word: str, meaning: tuple[str, ...]) -> None:
    described = [
        schema["properties"][word]["description"]
        for schema in (Stepped.schema_of(), Seeded.schema_of(), Registry().action("media.painter.txt2img").schema())
        if word in schema["properties"]
    ]
    assert described
    for text in described:
        assert all(part.lower() in text.lower() for part in meaning), text


def test_an_optional_field_is_simply_not_required() -> None:
    schema = Optional.schema_of()
    assert "required" not in schema
    assert schema["properties"]["image"]["type"] == "string"
    assert schema["properties"]["image"]["x-accept"] == ["image"]
    assert "default" not in schema["properties"]["image"]
    assert schema["properties"]["note"]["default"] == "none"
    assert schema["properties"]["steps"]["maximum"] == 9


def test_the_schema_and_the_model_agree() -> None:
    check = validator_for(Sides.schema_of())
    for values in (
        {"prompt": "a heron"},
        {"prompt": ""},
        {},
        {"prompt": "a heron", "width": 63},
        {"prompt": "a heron", "width": 64, "n": 4},
        {"prompt": "a heron", "n": 5},
        {"prompt": "a heron", "guidance": 30.5},
        {"prompt": "a heron", "strange": 1},
    ):
        assert check.is_valid(values) == accepted(values), values


def accepted(values: dict[str, Any]) -> bool:
    try:
        Sides.model_validate(values)
    except ValidationError:
        return False
    return True


def test_an_asset_is_named_by_its_id_and_by_nothing_else() -> None:
    good = "asset_" + "0" * 32
    assert Optional(image=good, images=[good]).image == good
    for bad in ("asset_1", "https://provider.test/1.png", "/etc/passwd", f"{good}\n", good.upper()):
        with pytest.raises(ValidationError):
            Optional(image=bad)


def test_an_action_tells_which_fields_take_which_media() -> None:
    assert action_of(Optional).accepts() == {"image": ["image"], "images": ["image"], "mask": ["image"]}
    assert action_of(Sides).accepts() == {}


def test_parameters_never_show_what_was_put_in_when_they_are_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        Sides.model_validate({"prompt": ["a private sentence"]})
    assert "private" not in str(caught.value)
    with pytest.raises(ValidationError) as refused:
        Keys.model_validate({"api_key": ["sk-123"]})
    assert "sk-123" not in str(refused.value)


def test_hints_are_spelled_as_schema_keys() -> None:
    assert hint(widget="slider", some_word=1) == {"x-widget": "slider", "x-some-word": 1}
    assert all(re.fullmatch(r"x-[a-z]+", word) for word in HINTS)
