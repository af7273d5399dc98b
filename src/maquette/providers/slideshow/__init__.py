"""Films of still pictures: real H.264 video by slow pans, zooms and cross-fades, with no key and no network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.example import Example, shown_by
from maquette.core.params import ImageId, Params, Prompted, Seeded, hint, slider
from maquette.providers.slideshow.motion import Clip, Motion
from maquette.providers.slideshow.scene import scenes

_PAINTED: Final = "Painted by rule and set in motion; no video model took part."
_MOVED: Final = "Still pictures set in motion; no video model took part."
_LARGEST_SIDE: Final = 2048

Narration = Annotated[str, Field(max_length=1_000, json_schema_extra=hint(widget="textarea"))]


class Film(Params):
    """Parameters that every film has."""

    duration: Annotated[float, slider(1, 30, step=0.5)] = 6.0
    """How long the film is, in seconds; a narration that takes longer makes it longer."""
    aspect_ratio: Literal["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"] = "16:9"
    """Width to height."""
    resolution: Literal["480p", "720p", "1080p"] = "720p"
    """The length of the shorter side in pixels."""
    fps: Annotated[int, slider(12, 30, advanced=True)] = 24
    """Frames a second."""
    motion: Motion = "auto"
    """How the view moves over each picture; auto takes turns."""
    narrate: bool = False
    """Speak the prompt over the film."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]+)*$")] = "en-us"
    """The language of the narration."""

    def clip(self) -> Clip:
        """Return the film's size, length and motion; the sides are even, as H.264 needs them."""
        across, down = map(int, self.aspect_ratio.split(":"))
        short = int(self.resolution.removesuffix("p"))
        unit = short / min(across, down)
        width, height = (2 * round(side * unit / 2) for side in (across, down))
        return Clip(width=width, height=height, fps=self.fps, duration=self.duration, motion=self.motion)


class Told(Film, Seeded, Prompted):
    """Parameters of a film from a prompt."""

    model_config = shown_by(
        Example(
            "Three scenes of a day",
            "Drawn scenes with a moving view",
            {"prompt": "Dawn over the hills. A city at noon. A night sky with a full moon.", "resolution": "480p"},
        )
    )

    prompt: Annotated[Narration, Field(pattern=r"\S")]
    """What the film shows: each sentence is a scene, four at most."""


class Pictured(Params):
    """The pictures of a film and the words over them."""

    image: ImageId
    """The picture that the film begins with."""
    images: Annotated[list[ImageId], Field(max_length=11, default_factory=list)]
    """Further pictures, in order."""
    prompt: Narration = ""
    """What is spoken over the film, if it is narrated."""


class Moved(Film, Pictured):
    """Parameters of a film from pictures."""


class Slideshow(Provider):
    """Short films of still pictures, for storyboards and as a stand-in for a video model."""

    title = "Slideshow (built in)"
    keyless = True

    @override
    async def check(self, call: Call) -> None:
        """Look for the encoders."""
        await call.offload("maquette.providers.slideshow.engine:codecs")

    @operation(produces="video", title="Text to video", free=True)
    async def txt2vid(self, params: Told, call: Call) -> Result:
        """Paint a picture for each sentence of the prompt and make a film of them."""
        pictures = list[str]()
        for number, scene in enumerate(scenes(params.prompt)):
            wanted = {"prompt": scene, "seed": (params.seed + number) % 2**31, **_canvas(params.clip())}
            pictures += (await call.child(f"scene-{number + 1}", "media.painter.txt2img", wanted))[:1]
        made = await _film(params, pictures, params.prompt, call)
        return Result([_output(made, _PAINTED, "algorithm", params.seed)])

    @operation(produces="video", title="Images to video", free=True)
    async def img2vid(self, params: Moved, call: Call) -> Result:
        """Make a film that moves over one picture or several."""
        made = await _film(params, [params.image, *params.images], params.prompt, call)
        # The pictures may come from anywhere, so nothing is claimed of how they came to be.
        return Result([_output(made, _MOVED, "unknown", None)])


async def _film(params: Film, pictures: Sequence[str], text: str, call: Call) -> dict[str, Any]:
    narration = await _narration(params, text, call)
    files = []
    for number, picture in enumerate(pictures, 1):
        files.append(call.file(f"picture-{number}", (await call.material(picture)).content))
    await call.progress(0.2, "filming")
    clip = params.clip()
    return await call.offload(
        "maquette.providers.slideshow.engine:slideshow",
        images=files,
        clip={"width": clip.width, "height": clip.height, "fps": clip.fps}
        | {"duration": clip.duration, "motion": clip.motion},
        narration=narration,
        target="film.mp4",
    )


async def _narration(params: Film, text: str, call: Call) -> str | None:
    if not params.narrate or not text.strip():
        return None
    wanted = {"prompt": text, "language": params.language, "format": "wav"}
    (spoken, *_) = await call.child("narration", "media.narrator.speech", wanted)
    return call.file("narration.wav", (await call.material(spoken)).content)


def _canvas(clip: Clip) -> dict[str, int]:
    """Return the size to paint in: as large as the view needs to move, in steps of eight pixels."""
    width, height = (min(_LARGEST_SIDE, math.ceil(side / 8) * 8) for side in clip.stage)
    return {"width": width, "height": height}


def _output(made: Mapping[str, Any], label: str, source: Literal["algorithm", "unknown"], seed: int | None) -> Output:
    return Output("video", path="film.mp4", name="film.mp4", source=source, seed=seed, notes={"label": label, **made})


PROVIDER = Slideshow()
