"""Fields are described by the words below them, wherever their class is written."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

import pytest
from pydantic import BaseModel, Field

from maquette.core.documented import Documented

T = TypeVar("T")
SHADE = "Its colour.\n\nAny name will do."


class Lamp(Documented):
    """A lamp."""

    shade: str = "green"
    """Its colour.

    Any name will do.
    """
    watt: Annotated[int, Field(alias="power")] = 40
    """What it takes."""
    said: Annotated[str, Field(description="As it was said.")] = ""
    """Not this."""
    bare: int = 0

    class Switch(Documented):
        """Turns it on."""

        on: bool = False
        """Whether it is."""


class Lantern(Lamp):
    """A lamp to carry."""

    watt: int = 5
    candle: Lamp | None = None
    """What is inside."""


class Shelf(Documented, Generic[T]):
    """Holds one thing."""

    thing: T
    """Which one."""


def told(model: type[BaseModel]) -> dict[str, str | None]:
    return {name: spec.get("description") for name, spec in model.model_json_schema()["properties"].items()}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Lamp, {"shade": SHADE, "power": "What it takes.", "said": "As it was said."}),
        (
            Lantern,
            {"shade": "Its colour.\n\nAny name will do.", "candle": "What is inside.", "said": "As it was said."},
        ),
        (Lamp.Switch, {"on": "Whether it is."}),
        (Shelf[int], {"thing": "Which one."}),
    ],
)
def test_the_schema_tells_what_stands_below_each_field(model: type[BaseModel], expected: dict[str, str]) -> None:
    assert {name: said for name, said in told(model).items() if said} == expected


def test_a_class_within_a_function_tells_it_too() -> None:
    class Inner(Documented):
        """Made here."""

        word: str = ""
        """A word."""

    assert told(Inner) == {"word": "A word."}


def test_a_class_without_a_source_tells_nothing() -> None:
    made = type("Made", (Documented,), {"__annotations__": {"word": str}, "__module__": "nowhere"})
    assert told(made) == {"word": None}
