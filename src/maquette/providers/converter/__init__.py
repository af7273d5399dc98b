"""Pictures in another format or size, with no key and no network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.params import ImageId, Params, slider


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


class Converter(Provider):
    """Pictures brought into another format; what they show stays the same."""

    title = "Converter (built in)"
    keyless = True

    @operation(produces="image", title="Convert", free=True)
    async def reformat(self, params: Conversion, call: Call) -> Result:
        """Convert pictures to PNG, JPEG or WebP, and make large ones smaller."""
        outputs = []
        for number, image in enumerate(params.images, 1):
            lent = await call.material(image)
            made = await call.offload(
                "maquette.providers.converter.engine:convert",
                source=call.file(f"source-{number}", lent.content),
                target=f"picture-{number}",
                format=params.format,
                longest=params.max_side,
                quality=params.quality,
            )
            stem = lent.name.rpartition(".")[0] or lent.name
            outputs.append(Output("image", path=made["file"], name=f"{stem}.{made['extension']}", source="unknown"))
            await call.progress(number / len(params.images), f"{number} of {len(params.images)}")
        return Result(outputs)

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


PROVIDER = Converter()
