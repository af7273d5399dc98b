"""Actions of many shapes, to which one request is fitted, and the call that lends them nothing but a place to speak."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Action, Call, Http, Material, Output, Result, external_action
from maquette.core.params import Avoiding, Counted, Params, Prompted, Seeded, Sized, Stepped

T = TypeVar("T")


class Sides(Prompted, Avoiding, Seeded, Counted, Sized, Stepped):
    """A picture of a width and a height."""


class Listed(Prompted, Seeded):
    """A picture of one of a few sizes."""

    size: Literal["1024x1024", "1536x1024", "1024x1536", "auto"] = "auto"
    """Size in pixels."""
    quality: Literal["low", "high"] = "low"
    """How good."""


class FreeSize(Prompted):
    """A picture of any size in one word."""

    size: Annotated[str, Field(pattern=r"^\d+x\d+$")] = "1024x1024"
    """Size in pixels."""


class Ratio(Prompted, Seeded):
    """A picture of a ratio."""

    aspect_ratio: Literal["1:1", "16:9", "9:16", "3:2"] = "1:1"
    """Width to height."""


class Tiles(Prompted):
    """A picture whose sides are whole numbers of tiles."""

    size: Annotated[
        str, Field(pattern=r"^\d+x\d+$", json_schema_extra={"multipleOf": 48, "minimum": 64, "maximum": 2000})
    ] = "960x960"
    """Size in pixels."""


class Blocks(Prompted):
    """A picture whose width and height are whole numbers of blocks."""

    width: Annotated[int, Field(ge=100, le=1000, multiple_of=48)] = 480
    """Width in pixels."""
    height: Annotated[int, Field(ge=100, le=1000, multiple_of=48)] = 480
    """Height in pixels."""


class Worded(Prompted):
    """A picture of a shape that has a name."""

    aspect_ratio: Literal["square", "landscape", "portrait"] = "square"
    """The shape."""


class Coded(Prompted):
    """A picture of a shape that only its maker understands."""

    aspect_ratio: Literal["A", "B"] = "A"
    """The shape."""


class Modelled(Prompted):
    """A picture by one of several models."""

    model: Annotated[str, Field(json_schema_extra={"x-refresh": True})] = "old"
    """Which."""
    quality: Literal["low", "high"] = "low"
    """How good."""
    steps: Annotated[int, Field(ge=1, le=150)] = 30
    """How many steps."""
    effort: int = 1
    """How much thought."""


class Film(Prompted):
    """A film of a ratio, a resolution and one of a few lengths."""

    aspect_ratio: Literal["16:9", "9:16", "1:1"] = "16:9"
    """Width to height."""
    resolution: Literal["480p", "720p", "1080p"] = "720p"
    """Lines of the shorter side."""
    duration: Literal[4, 8, 12] = 4
    """Seconds."""
    fps: Annotated[int, Field(ge=8, le=60)] = 24
    """Pictures a second."""


class Spoken(Params):
    """Speech, which has no size at all."""

    text: Annotated[str, Field(min_length=1)]
    """What to say."""
    speed: Annotated[float, Field(gt=0, le=4)] = 1.0
    """How fast."""


FORMS: tuple[type[Params], ...] = (Sides, Listed, FreeSize, Ratio, Tiles, Blocks, Worded, Coded, Film, Spoken)


async def nothing(_params: Params, _call: Call) -> Result:
    return Result([Output("text", content="")])


def action_of(form: type[Params]) -> Action:
    return Action(f"media.test.{form.__name__.lower()}", form.__name__, "", "image", form, nothing, "test")


def open_action(schema: Mapping[str, Any]) -> Action:
    return external_action(action_of(Sides), name="media.test.open", title="Open", schema=schema)


@dataclass
class SpokenTo(Call):
    """A call that remembers what it was told, and in which thread."""

    told: list[tuple[float | None, str]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    handles: list[Any] = field(default_factory=list)

    @property
    @override
    def settings(self) -> Any:
        raise NotImplementedError

    @property
    @override
    def http(self) -> Http:
        raise NotImplementedError

    @property
    @override
    def token(self) -> str:
        return "4be0643f-1d98-473b-97cd-ca98a65347dd"

    @override
    async def once(self, work: Callable[[], Awaitable[T]]) -> T:
        made = await work()
        self.handles.append(made)
        return made

    @override
    async def memo(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        return await work()

    @override
    async def poll(self, check: Callable[[], Awaitable[T | None]], *, every: float | Callable[[], float] = 2.0) -> T:
        raise NotImplementedError

    @override
    async def progress(self, fraction: float | None, message: str = "") -> None:
        self.told.append((fraction, message))
        self.threads.add(threading.get_ident())

    @override
    async def preview(self, content: bytes) -> None:
        raise NotImplementedError

    @override
    async def material(self, asset_id: str) -> Material:
        raise NotImplementedError

    @override
    async def link(self, asset_id: str) -> str:
        raise NotImplementedError

    @override
    async def child(self, key: str, action: str, params: Mapping[str, Any]) -> Sequence[str]:
        raise NotImplementedError

    @override
    async def offload(self, function: str, **arguments: Any) -> dict[str, Any]:
        raise NotImplementedError

    @override
    def file(self, name: str, content: bytes) -> str:
        raise NotImplementedError
