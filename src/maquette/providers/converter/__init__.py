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


PROVIDER = Converter()
