"""What can be asked of Leonardo, and the requests of the two versions of its API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from maquette import catalog
from maquette.core.params import Avoiding, ImageId, Params, Seeded, hint, slider

_MODEL: Any = Field(min_length=1, max_length=100, json_schema_extra=hint(widget="combobox", refresh=True))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIRST: Mapping[str, str] = {
    "phoenix_1_0": "de7d3faf-762f-48e0-b3b7-9d0ac3a3fcf3",
    "phoenix_0_9": "6b645e3a-d64f-4341-a6d8-7a3690fbf042",
    "anime_xl": "e71a1c2f-4f80-4800-934f-2c68979d8cc8",
    "lucid_origin": "7b592283-e8a7-4c5a-9ba6-d18c31f258b9",
    "lucid_realism": "05ce0082-2d80-4a2d-8653-4d1c85e2418e",
    "kino_xl": "aa77f04e-3eec-4034-9c07-d0f619684628",
    "flux_dev": "b2614463-296c-462a-9586-aafdb8f00e36",
    "flux_schnell": "1dd50843-d653-4516-a8e3-f0238ee453ff",
    "lightning_xl": "b24e16ff-06e3-43eb-8d33-4416c2d75876",
}
"""The models of the first version by the names that are used here; any other UUID is one of them too."""
_NAMES = {model: name for name, model in _FIRST.items()}
FILMS = ("MOTION2", "MOTION2FAST", "VEO3", "VEO3FAST", "KLING2_1", "KLING2_5")
"""The film models of the first version; any other is one of the second."""
_STYLE = Literal["", "ANIME", "BOKEH", "CINEMATIC", "CREATIVE", "DYNAMIC", "ENVIRONMENT", "FASHION", "FILM", "FOOD",
                 "GENERAL", "HDR", "ILLUSTRATION", "MACRO", "MINIMALISTIC", "MONOCHROME", "MOODY", "NEUTRAL",
                 "PHOTOGRAPHY", "PORTRAIT", "RAYTRACED", "RENDER_3D", "RETRO", "SKETCH_BW", "SKETCH_COLOR",
                 "STOCK_PHOTO", "UNPROCESSED", "VIBRANT"]  # fmt: skip


class Prompt(Params):
    """A prompt as long as the vendor takes it."""

    prompt: Annotated[str, Field(min_length=1, max_length=1500, json_schema_extra=hint(widget="textarea"))]
    """What to make, in your own words."""


class Painted(Prompt, Avoiding, Seeded):
    """What every request for pictures has."""

    model: Annotated[str, _MODEL] = "phoenix_1_0"
    """The model: a name of the list, the id of a trained model, or a name of the second version of the API."""
    width: Annotated[int, slider(32, 2048, step=8)] = 1024
    """Width in pixels."""
    height: Annotated[int, slider(32, 2048, step=8)] = 1024
    """Height in pixels."""
    n: Annotated[int, Field(ge=1, le=8, json_schema_extra=hint(widget="count"))] = 1
    """How many to make; at most four of more than 768 pixels."""
    style: Annotated[_STYLE, _ADVANCED] = ""
    """A style preset of the first version's models."""
    contrast: Annotated[Literal["low", "medium", "high"], _ADVANCED] = "medium"
    """How strong light and shade are, for Phoenix."""
    alchemy: Annotated[bool, _ADVANCED] = True
    """The finer pipeline of the older models, which costs more."""

    @field_validator("n")
    @classmethod
    def _few_large_ones(cls, n: int, info: ValidationInfo) -> int:
        """Hold the number to what the vendor makes of large pictures."""
        if n > 4 and max(info.data.get("width", 0), info.data.get("height", 0)) > 768:
            raise ValueError("at most 4 where width or height is more than 768")
        return n


class Rework(Painted):
    """Parameters of a picture made from a picture and words."""

    image: ImageId
    """The picture to start from."""
    strength: Annotated[float, slider(0.1, 0.9, step=0.05)] = 0.5
    """How far to leave the picture."""


class Animate(Prompt):
    """Parameters of a film that begins with a picture."""

    model: Annotated[str, _MODEL] = "MOTION2"
    """The model: one of the list, or a name of the second version of the API, such as `kling-3.0`."""
    image: ImageId
    """The first frame."""
    resolution: Literal["480p", "720p", "1080p"] = "480p"
    """The shorter side, for the first version's models."""
    duration: Annotated[int, slider(1, 15, advanced=True)] | None = None
    """Seconds, where the model lets them be chosen."""


class Enlarge(Params):
    """Parameters of an enlargement."""

    image: ImageId
    """The picture to enlarge."""
    factor: Annotated[float, slider(1, 2, step=0.1)] = 1.5
    """How many times as wide and high."""
    style: Literal["general", "cinematic", "2d art", "cg art"] = "general"
    """What the picture is like."""
    creativity: Annotated[int, slider(1, 10)] = 5
    """How much detail may be invented."""


class Vary(Params):
    """Parameters of a variation of a picture that was made before."""

    image: ImageId
    """A picture that Leonardo made here."""
    way: Literal["unzoom", "no_background"] = "unzoom"
    """What to do: show more of the scene around it, or take its background away."""


_CONTRASTS = {"low": 2.5, "medium": 3.5, "high": 4.5}
"""What Phoenix takes beside alchemy; it refuses to go without."""
_UPSCALES = {
    "general": "GENERAL",
    "cinematic": "CINEMATIC",
    "2d art": "2D ART & ILLUSTRATION",
    "cg art": "CG ART & GAME ASSETS",
}


def named(model: str) -> str:
    """Return the name that is used here for a model, which may be asked for by its id at the vendor too."""
    return _NAMES.get(model, model)


def is_first(model: str) -> bool:
    """Tell whether a model of pictures belongs to the first version of the API."""
    return model in _FIRST or _UUID.fullmatch(model) is not None


def first(params: Painted) -> dict[str, Any]:
    """Return a request for pictures by the first version."""
    model = named(params.model)
    said = {
        "prompt": params.prompt,
        "modelId": _FIRST.get(model, model),
        "width": params.width,
        "height": params.height,
        "num_images": params.n,
        "seed": params.seed,
        "public": False,
        "alchemy": params.alchemy,
        "negative_prompt": params.negative_prompt,
        "presetStyle": params.style,
        "contrast": _CONTRASTS[params.contrast] if model.startswith("phoenix") else None,
    }
    left = catalog.narrowing("leonardo", model)
    if left is not None and "alchemy" in left.drop:
        # The newer models refuse the pipeline, which is on where nothing is said.
        said["alchemy"] = False
    return {word: value for word, value in said.items() if value not in (None, "")}


def second(params: Painted, guides: Sequence[str]) -> dict[str, Any]:
    """Return a request for pictures by the second version; `guides` are the ids of uploads."""
    words = {
        "prompt": params.prompt,
        "width": params.width,
        "height": params.height,
        "quantity": params.n,
        "seed": params.seed,
        "prompt_enhance": "OFF",
    }
    pictures = [{"image": {"id": name, "type": "UPLOADED"}, "strength": "MID"} for name in guides]
    more = {"guidances": {"image_reference": pictures}} if pictures else {}
    return {"model": params.model, "public": False, "parameters": words | more}


def film(params: Animate, picture: tuple[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the path and the body of a request for a film; `picture` is an id and `GENERATED` or `UPLOADED`."""
    name, kind = picture
    long = {"duration": params.duration} if params.duration else {}
    if params.model not in FILMS:
        frame = [{"image": {"id": name, "type": kind}}]
        words = {"prompt": params.prompt, "prompt_enhance": "OFF", "guidances": {"start_frame": frame}}
        return "/v2/generations", {"model": params.model, "public": False, "parameters": words | long}
    body = {
        "imageId": name,
        "imageType": kind,
        "prompt": params.prompt,
        "model": params.model,
        "resolution": f"RESOLUTION_{params.resolution.removesuffix('p')}",
        "isPublic": False,
        "promptEnhance": False,
    }
    return "/v1/generations-image-to-video", body | long


def enlarged(params: Enlarge, picture: tuple[str, str]) -> dict[str, Any]:
    """Return a request to enlarge a picture."""
    name, kind = picture
    return {
        "generatedImageId" if kind == "GENERATED" else "initImageId": name,
        "upscalerStyle": _UPSCALES[params.style],
        "creativityStrength": params.creativity,
        "upscaleMultiplier": params.factor,
    }
