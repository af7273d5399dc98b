"""How articles are illustrated: the settings of a workspace, the slots of an article, and the words that are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from .article import MOST_IN_ARTICLE, Form, Kind
from .params import Params, hint
from .prompt import Format
from .staged import BEGINS, Phase

ImageType = Literal["realistic", "artistic", "cartoon"]
ImageFormat = Literal["webp", "jpg", "png"]
Status = Literal["pending", "generating", "generated", "failed", "skipped"]
SETTINGS = "illustration"
"""The kind of the definition that keeps a workspace's settings."""
FUNCTION = "generate_images_from_prompts"
"""What the writer document calls the function that makes the pictures."""
TITLE, SUMMARY = "Generate Images from Prompts", "Generate actual images from image prompts"
CONVERTED: Mapping[ImageFormat, str] = {"webp": "webp", "jpg": "jpeg", "png": "png"}
"""The word of each format where pictures are converted."""
TEMPLATE = "article-image"
"""The template that words the requests, unless the settings say otherwise."""
_SIZE = r"^[1-9]\d{1,3}x[1-9]\d{1,3}$"
_OLD_WORDS = {"service": "provider", "runwareModel": "model", "imageModel": "model"}

Size = Annotated[str, Field(pattern=_SIZE, json_schema_extra=hint(advanced=True))]


_LAYOUT: list[Any] = [
    ["is_active", "concurrency"], ["image_type", "image_format", "max_in_article_images"],
    ["desktop_enabled", "mobile_enabled"], ["template"], ["image_prompt_template"], ["negative_prompt"],
    {"group": "What makes them", "rows": [["action", "provider"], ["account", "model"], ["params"]]},
    {"group": "What words the prompts", "rows": [["text_action"], ["text_params"]], "collapsed": True},
    {
        "group": "Sizes", "rows": [["featured_size", "in_article_size"], ["desktop_size", "mobile_size"]],
        "collapsed": True,
    },
]  # fmt: skip


class Illustration(Params):
    """What the pictures of articles are made by, and how they look."""

    model_config = ConfigDict(json_schema_extra=hint(layout=_LAYOUT))

    is_active: bool = True
    """Whether pictures may be made for articles at all."""
    action: Annotated[str, Field(max_length=200)] | None = None
    """The action that makes them; without one, the default provider's."""
    provider: Annotated[str, Field(max_length=64)] | None = None
    """The provider whose text-to-image action makes them, where no action is named."""
    account: Annotated[str, Field(max_length=200)] | None = None
    """The account to use; without one, whichever serves the action."""
    model: Annotated[str, Field(max_length=200)] | None = None
    """The model, where the action has several."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of the action."""
    image_type: ImageType = "realistic"
    """The look that prompts ask for."""
    max_in_article_images: Annotated[int, Field(ge=1, le=MOST_IN_ARTICLE)] = 3
    """How many pictures stand within an article, besides the featured one."""
    image_format: ImageFormat = "webp"
    """The format into which every picture is brought."""
    desktop_enabled: bool = False
    """Make the featured picture once more for wide screens."""
    mobile_enabled: bool = False
    """Make the featured picture once more for narrow screens."""
    template: Annotated[str, Field(min_length=1, max_length=128)] = TEMPLATE
    """The template that words what is asked of the action, and what to keep out."""
    image_prompt_template: (
        Annotated[str, Field(min_length=1, max_length=8_000, json_schema_extra=hint(widget="textarea"))] | None
    ) = None
    """Words in place of that template's: image_prompt, post_title and image_type are filled in, {so} or {{ so }}."""
    negative_prompt: Annotated[str, Field(max_length=8_000, json_schema_extra=hint(widget="textarea"))] | None = None
    """What to keep out, in place of the template's; used where the action can do that."""
    text_action: Annotated[str, Field(max_length=200)] | None = None
    """An action that writes text, to find the places and word the prompts; without one, rules do."""
    text_params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of that action."""
    concurrency: Annotated[int, Field(ge=1, le=20, json_schema_extra=hint(advanced=True))] = 1
    """How many pictures are made at once."""
    featured_size: Size = "1024x1024"
    """Width and height of the featured picture."""
    in_article_size: Size = "1024x1024"
    """Width and height of a picture within the article."""
    desktop_size: Size = "1536x1024"
    """Width and height of the picture for wide screens."""
    mobile_size: Size = "1024x1536"
    """Width and height of the picture for narrow screens."""

    @model_validator(mode="before")
    @classmethod
    def _translate(cls, data: Any) -> Any:
        """Take the older words of such settings too."""
        if not isinstance(data, Mapping):
            return data
        return {_OLD_WORDS.get(word, word): value for word, value in data.items()}

    def size_of(self, kind: Kind) -> str:
        """Return the size of a kind of picture."""
        return str(getattr(self, f"{kind}_size"))

    @property
    def asked(self) -> str | None:
        """The name of the action that is asked for; None for the default provider's."""
        return self.action or (f"media.{self.provider}.txt2img" if self.provider else None)


def form_of(template: str) -> Format:
    """Tell in which of the two ways variables stand in a template."""
    return "double" if "{{" in template else "brace"


def images(count: int) -> str:
    """Return a number of images in words."""
    return f"{count} image{'' if count == 1 else 's'}"


def percent(phase: Phase, fraction: float = 0.0) -> float:
    """Return how far one picture is, in percent: within the band of its phase."""
    starts = [*BEGINS.values(), 100]
    at = list(BEGINS).index(phase)
    return starts[at] + (starts[at + 1] - starts[at]) * min(max(fraction, 0.0), 1.0)


def succeeded(count: int | None) -> str:
    """Say that pictures were made."""
    return "Images generated successfully" if not count else f"{images(count)} generated successfully"


@dataclass(frozen=True, slots=True)
class Content:
    """An article that was handed in; its document is an asset and never changes."""

    id: str
    workspace: str
    title: str
    meta_title: str | None
    format: Form
    source: str
    """The asset with the document."""
    settings: Mapping[str, Any]
    """What differs for it from the settings of the workspace."""
    created_at: int
    updated_at: int | None = None
    deleted_at: int | None = None
    legacy_id: int | None = None

    @property
    def post_title(self) -> str:
        """The title that prompts speak of."""
        return self.title or self.meta_title or ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A picture of an article, made or still to be made."""

    id: str
    workspace: str
    content: str
    kind: Kind
    position: int
    anchor: int | None = None
    """The number of its section; None stands at the top."""
    prompt: str = ""
    alt: str = ""
    caption: str = ""
    edited: bool = False
    """Whether a person has worded it."""
    status: Status = "pending"
    error: Mapping[str, Any] | None = None
    asset: str | None = None
    job: str | None = None
    """The job that makes or made it, together with others."""
    cost: int = 0
    """Micro-USD, over all tries."""
    updated_at: int | None = None
    legacy_id: int | None = None


@dataclass(frozen=True, slots=True)
class SlotNow:
    """A slot as it is at the moment, told from the jobs that work on it."""

    slot: Slot
    percent: float
    phase: Phase | None = None
    child: str | None = None
    """The job that makes this one picture."""
    revised_prompt: str | None = None
