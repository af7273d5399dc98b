"""Pictures and films in another format or size, with no key and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.errors import OffloadFailed, RequestRejected
from maquette.core.params import ImageId, Media, Params, VideoId, slider


class Conversion(Params):
    """Parameters of a conversion."""

    images: Annotated[list[ImageId], Field(min_length=1, max_length=50)]
    """The pictures to convert."""
    format: Literal["original", "png", "jpeg", "webp"] = "png"
    """The format; the original one keeps what each picture has."""
    max_side: Annotated[int, Field(ge=16, le=8192)] = 8192
    """The longest side in pixels; larger pictures are made smaller, none is enlarged."""
    quality: Annotated[int, slider(1, 100, advanced=True)] = 90
    """How much of the picture JPEG and WebP keep."""


class Crop(Params):
    """Parameters of a crop."""

    images: Annotated[list[ImageId], Field(min_length=1, max_length=50)]
    """The pictures to crop."""
    shape: Literal["any", "1:1", "4:5", "3:4", "2:3", "9:16", "5:4", "4:3", "3:2", "16:9", "21:9"] = "any"
    """Width to height of what is left: the rest goes on both sides alike."""
    left: Annotated[int, Field(ge=0, le=16384)] = 0
    """Pixels to cut off on the left."""
    top: Annotated[int, Field(ge=0, le=16384)] = 0
    """Pixels to cut off at the top."""
    right: Annotated[int, Field(ge=0, le=16384)] = 0
    """Pixels to cut off on the right."""
    bottom: Annotated[int, Field(ge=0, le=16384)] = 0
    """Pixels to cut off at the bottom."""


class Sheet(Params):
    """Parameters of a contact sheet."""

    images: Annotated[list[ImageId], Field(min_length=1, max_length=64)]
    """The pictures, row by row."""
    columns: Annotated[int, Field(ge=1, le=16)] = 4
    """How many stand beside each other."""
    captions: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=64)] = Field(default_factory=list)
    """What stands under each picture."""
    cell: Annotated[int, Field(ge=64, le=1024)] = 320
    """The longest side of a picture on the sheet, in pixels."""
    title: Annotated[str, Field(max_length=300)] = ""
    """What stands above them all."""


class Animation(Params):
    """Parameters of films as GIF."""

    videos: Annotated[list[VideoId], Field(min_length=1, max_length=50)]
    """The films to convert."""
    fps: Annotated[int, slider(1, 25)] = 10
    """Pictures a second; a long film gets fewer, so that it has no more than 600."""
    max_side: Annotated[int, Field(ge=16, le=1024)] = 480
    """The longest side in pixels; larger films are made smaller, none is enlarged."""


class Encoding(Params):
    """Parameters of films as MP4."""

    videos: Annotated[list[VideoId], Field(min_length=1, max_length=50)]
    """The films to convert."""
    max_side: Annotated[int, Field(ge=16, le=4096)] = 1920
    """The longest side in pixels; larger films are made smaller, none is enlarged."""


class Converter(Provider):
    """Pictures and films brought into another format; what they show stays the same."""

    title = "Converter (built in)"
    keyless = True

    @operation(produces="image", title="Convert", free=True)
    async def reformat(self, params: Conversion, call: Call) -> Result:
        """Convert pictures to PNG, JPEG or WebP, and make large ones smaller."""
        words = {"format": params.format, "longest": params.max_side, "quality": params.quality}
        return await _each(params.images, call, ("image", "engine:convert", words))

    @operation(produces="image", title="Crop", free=True)
    async def crop(self, params: Crop, call: Call) -> Result:
        """Cut pictures to a shape, or cut off what is too much on a side."""
        cut = [params.left, params.top, params.right, params.bottom]
        shape = None if params.shape == "any" else [int(word) for word in params.shape.split(":")]
        try:
            return await _each(params.images, call, ("image", "engine:crop", {"cut": cut, "shape": shape}))
        except OffloadFailed as error:
            if error.details.get("error") != "ValueError":
                raise
            raise RequestRejected(error.message.rpartition("ValueError: ")[2], hint="Cut off less.") from error

    @operation(produces="image", title="Contact sheet", free=True)
    async def contact_sheet(self, params: Sheet, call: Call) -> Result:
        """Put pictures on one sheet, side by side, with a line of text under each."""
        sources = [
            call.file(f"source-{number}", (await call.material(image)).content)
            for number, image in enumerate(params.images, 1)
        ]
        await call.offload(
            "maquette.providers.converter.sheet:compose",
            sources=sources,
            target="sheet.png",
            columns=params.columns,
            captions=list(params.captions),
            cell=params.cell,
            title=params.title,
        )
        return Result([Output("image", path="sheet.png", name="sheet.png", source="unknown")])

    @operation(produces="image", title="Film to GIF", free=True)
    async def animate(self, params: Animation, call: Call) -> Result:
        """Convert films to GIF, which shows everywhere and has no sound."""
        words = {"fps": params.fps, "longest": params.max_side}
        return await _each(params.videos, call, ("image", "film:animate", words))

    @operation(produces="video", title="Film to MP4", free=True)
    async def encode(self, params: Encoding, call: Call) -> Result:
        """Convert films to MP4 with H.264 and AAC, which every browser plays."""
        return await _each(params.videos, call, ("video", "film:encode", {"longest": params.max_side}))


async def _each(sources: Sequence[str], call: Call, wish: tuple[Media, str, Mapping[str, Any]]) -> Result:
    """Have a function of this package make a file of each source."""
    media, function, words = wish
    outputs = []
    for number, source in enumerate(sources, 1):
        lent = await call.material(source)
        made = await call.offload(
            f"maquette.providers.converter.{function}",
            source=call.file(f"source-{number}", lent.content),
            target=f"{media}-{number}",
            **words,
        )
        stem = lent.name.rpartition(".")[0] or lent.name
        outputs.append(Output(media, path=made["file"], name=f"{stem}.{made['extension']}", source="unknown"))
        await call.progress(number / len(sources), f"{number} of {len(sources)}")
    return Result(outputs)


PROVIDER = Converter()
