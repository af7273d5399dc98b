"""What can be asked of Midjourney: the parameters of its five operations."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from maquette.core.params import ImageId, Params, hint, slider

Shape = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "2:1", "1:2", "6:5", "5:6"]
LONGEST = 2000
_ADVANCED = Field(json_schema_extra=hint(advanced=True))


class Prompt(Params):
    """A prompt as short as the gateways take it."""

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST, json_schema_extra=hint(widget="textarea"))]
    """What to make; Midjourney's own flags, such as `--sref`, may follow the words."""


class Imagine(Prompt):
    """Parameters of a picture made from words."""

    negative_prompt: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="textarea", advanced=True))] = (
        ""
    )
    """What to keep out; it is sent as `--no`."""
    aspect_ratio: Shape = "1:1"
    """Width to height."""
    version: Annotated[str, Field(pattern=r"^[a-z0-9.]{1,12}$", examples=["7", "6.1", "6", "niji6"])] = "7"
    """The version of Midjourney."""
    speed: Literal["relaxed", "fast", "turbo"] = "relaxed"
    """Faster takes more credits."""
    stylize: Annotated[int, slider(0, 1000, step=10, advanced=True)] = 100
    """How strongly the house style applies."""
    weird: Annotated[int, slider(0, 3000, step=50, advanced=True)] = 0
    """How strange it may become."""
    variety: Annotated[int, slider(0, 100, step=5, advanced=True)] = 0
    """How much the four pictures differ."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Hold the prompt, with what is to be kept out, to the length that the gateways take."""
        if len(self.words) > LONGEST:
            raise ValueError(f"prompt and negative_prompt have more than {LONGEST} characters together")
        return self

    @property
    def words(self) -> str:
        """The prompt with what is to be kept out of the picture."""
        return f"{self.prompt} --no {' '.join(self.negative_prompt.split())}" if self.negative_prompt else self.prompt


class Rework(Imagine):
    """Parameters of a picture made from pictures and words."""

    image: ImageId
    """The picture to start from."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=4), _ADVANCED] = ()
    """More pictures to start from."""
    use: Literal["picture", "style", "omni"] = "picture"
    """What is taken from the picture: all of it, its style, or its subject (`omni`)."""
    omni_weight: Annotated[int, slider(1, 1000, advanced=True)] = 100
    """How closely the subject is kept, for `omni`."""


class Animate(Prompt):
    """Parameters of a film made from a picture and words."""

    image: ImageId
    """The first frame."""
    motion: Literal["low", "high"] = "high"
    """How much moves."""
    resolution: Literal["480p", "720p"] = "480p"
    """The shorter side."""
    n: Annotated[Literal[1, 2, 4], Field(json_schema_extra=hint(widget="count"))] = 1
    """How many films to make."""


class Pick(Params):
    """Parameters of work on one of the four pictures of an earlier job."""

    image: ImageId
    """A picture that Midjourney made here."""
    number: Annotated[int, Field(ge=0, le=4, json_schema_extra=hint(advanced=True))] = 0
    """Which of four in one file, row by row from 1; 0 where the file is one of them."""
