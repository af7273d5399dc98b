"""`prompt.enhance`: word a prompt more fully by any action that writes text; what was written before is kept."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.errors import GenerationFailed
from maquette.core.module import Stage, module
from maquette.core.params import Media, Params, hint
from maquette.core.prompt import LONGEST

BUILT_IN = "media.writer.txt2txt"
"""What serves where nothing is named: it adds frame, light and detail by rule, and understands nothing."""
_TASK = """Rewrite this prompt for a model that makes {media}. Keep its subject and every fact; add what the maker has
to know: composition, light, materials, mood. Answer with the new prompt alone, in the language of the prompt, in one
paragraph, without quotation marks or comments.

Prompt: {prompt}"""
_FENCE = re.compile(r"^```[a-z]*\s*|```$")
_LABEL = re.compile(r"^(?:new |improved |rewritten )?prompt\s*:\s*", re.IGNORECASE)


class Enhancement(Params):
    """The prompt, and what words it anew."""

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST, json_schema_extra=hint(widget="textarea"))]
    """The prompt as it is."""
    action: Annotated[str, Field(max_length=200)] = BUILT_IN
    """The action that writes the new one; the built-in one adds phrases by rule, without a language model."""
    media: Media = "image"
    """What the prompt is for."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of that action."""


@module("prompt.enhance", title="Improve a prompt")
async def enhance(params: Enhancement, call: Stage) -> Result:
    """Return a fuller prompt with the original beside it, so that the change can be taken back."""
    if params.action == BUILT_IN:
        asked: dict[str, Any] = {"prompt": params.prompt, "kind": "prompt", **params.params}
    else:
        asked = {"prompt": _TASK.format(media=params.media, prompt=params.prompt), **params.params}
    made = await call.child("words", params.action, asked)
    text = made.value.get("text") or (await call.text(made.assets[0].id) if made.assets else "")
    better = _plain(str(text))
    if not better:
        raise GenerationFailed(f"{params.action!r} answered without a prompt", child=made.job)
    return Result(value={"prompt": better[:LONGEST], "original": params.prompt, "by": params.action})


def _plain(text: str) -> str:
    """Return an answer without the fences, labels and quotation marks that models add."""
    plain = _LABEL.sub("", _FENCE.sub("", text.strip()).strip())
    if len(plain) > 1 and plain[0] in "\"'“«" and plain[-1] in "\"'”»":
        plain = plain[1:-1]
    return plain.strip()


MODULE = enhance
