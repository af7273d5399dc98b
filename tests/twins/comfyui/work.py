"""Do what the nodes do, on descriptions of images; pixels are painted only where a node saves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from tests.twins import picture, sound
from tests.twins.comfyui import media
from tests.twins.comfyui.file import Files, OutsideFolder
from tests.twins.comfyui.graph import NUMBERS
from tests.twins.comfyui.kind import KINDS
from tests.twins.marker import asked, spoken
from tests.twins.picture import Picture
from tests.twins.wire import Json

Inputs = Mapping[str, Any]
Pictures = tuple[Picture, ...]


class NodeFailed(Exception):
    """Stop a graph with the exception that a node raised."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class Made:
    """Hold what a node made: the values of its outputs, and what the server shows of it."""

    values: tuple[Any, ...] = ()
    shown: Json | None = None


@dataclass(frozen=True)
class Scene:
    """Hold what nodes know beside their inputs."""

    files: Files
    graph: Json
    marker: str | None


def run(name: str, inputs: Inputs, scene: Scene) -> Made:
    """Run one node.

    Raises:
        NodeFailed: The node could not do its work.
    """
    types = {key: kind[0] for key, kind in KINDS[name].required.items() if isinstance(kind[0], str)}
    # A number may come as text; the check before the queue let it pass if it reads as one.
    given = {key: NUMBERS[types[key]](value) if types.get(key) in NUMBERS else value for key, value in inputs.items()}
    try:
        if name in media.WORK:
            return Made(media.WORK[name](given))
        return WORK[name](given, scene)
    except OutsideFolder as error:
        raise NodeFailed("Exception", f"**** ERROR: {error}\n") from error


def _loaded(inputs: Inputs, scene: Scene) -> Made:
    path = scene.files.named(inputs["image"])
    try:
        with Image.open(path) as found:
            found.load()
            size = found.size
    except (UnidentifiedImageError, OSError) as error:
        raise NodeFailed("PIL.UnidentifiedImageError", f"cannot identify image file '{path.name}'\n") from error
    return Made(((Picture(*size, f"from {path.name}"),), "mask"))


def _latent(inputs: Inputs, _: Scene) -> Made:
    blank = Picture(inputs["width"], inputs["height"], "")
    return Made((tuple(replace(blank, number=number) for number in range(inputs["batch_size"])),))


def _sampled(inputs: Inputs, _: Scene) -> Made:
    words = str(inputs["positive"])
    found: Pictures = inputs["latent_image"]
    return Made((tuple(replace(each, words=f"{words} #{inputs['seed']}", marker=asked(words)) for each in found),))


def _scaled(inputs: Inputs, _: Scene) -> Made:
    found: Pictures = inputs["image"]
    return Made((tuple(_resized(each, inputs) for each in found),))


def _resized(found: Picture, inputs: Inputs) -> Picture:
    if "largest_size" in inputs:
        ratio = inputs["largest_size"] / max(found.width, found.height)
        return replace(found, width=max(1, round(found.width * ratio)), height=max(1, round(found.height * ratio)))
    # Nought means: keep the proportions.
    width = inputs["width"] or round(inputs["height"] * found.width / found.height)
    return replace(found, width=width, height=inputs["height"] or round(width * found.height / found.width))


def _saved(kind: str) -> Callable[[Inputs, Scene], Made]:
    def save(inputs: Inputs, scene: Scene) -> Made:
        prefix = inputs.get("filename_prefix", "ComfyUI_temp")
        texts = {"prompt": json.dumps(scene.graph)}
        files = [
            scene.files.save(kind, prefix, ".png", picture.encode(picture.paint(each), "png", texts))
            for each in _marked(inputs["images"], scene)
        ]
        return Made((inputs["images"],), {"images": files})

    return save


def _video_saved(inputs: Inputs, scene: Scene) -> Made:
    images, rate = inputs["video"]
    data = picture.film(_marked(images, scene), rate)
    file = scene.files.save("output", inputs["filename_prefix"], ".mp4", data)
    return Made((), {"images": [file], "animated": [True]})


def _audio_saved(inputs: Inputs, scene: Scene) -> Made:
    data = sound.mp3("la" * int(30 * inputs["audio"]), scene.marker)
    return Made((), {"audio": [scene.files.save("output", inputs["filename_prefix"], ".mp3", data)]})


def _previewed(inputs: Inputs, scene: Scene) -> Made:
    return Made((), {"text": [f"{inputs['source']} {spoken(scene.marker)}"]})


def _marked(found: Pictures, scene: Scene) -> list[Picture]:
    return [replace(each, marker=each.marker or scene.marker) for each in found]


def _passed(*names: str) -> Callable[[Inputs, Scene], Made]:
    return lambda inputs, _: Made(tuple(inputs[name] for name in names))


WORK: Final[Mapping[str, Callable[[Inputs, Scene], Made]]] = {
    "CheckpointLoaderSimple": _passed("ckpt_name", "ckpt_name", "ckpt_name"),
    "LoraLoader": _passed("model", "clip"),
    "CLIPTextEncode": _passed("text"),
    "EmptyLatentImage": _latent,
    "EmptyImage": _latent,
    "KSampler": _sampled,
    "VAEDecode": _passed("samples"),
    "VAEEncode": _passed("pixels"),
    "VAEEncodeForInpaint": _passed("pixels"),
    "LoadImage": _loaded,
    "ImageScale": _scaled,
    "ImageScaleToMaxDimension": _scaled,
    "SaveImage": _saved("output"),
    "PreviewImage": _saved("temp"),
    "CreateVideo": lambda inputs, _: Made(((inputs["images"], round(inputs["fps"])),)),
    "SaveVideo": _video_saved,
    "EmptyAudio": _passed("duration"),
    "SaveAudioMP3": _audio_saved,
    "PreviewAny": _previewed,
}
