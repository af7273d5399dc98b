"""Answer in words: what the Responses and the chat endpoint share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.twins.marker import IN_PROMPT, asked, spoken
from tests.twins.openai import check
from tests.twins.openai.dialect import refuse
from tests.twins.openai.example import example
from tests.twins.wire import Json

REFUSE: Final = "[[refuse]]"
SORRY: Final = "I can't help with that."
PIECE: Final = 12


@dataclass(frozen=True)
class Talk:
    """Hold what was asked and what is answered.

    Attributes:
        prompt: All that was said to the model, in order.
        answer: What it says, or the refusal.
        refused: Whether it refuses; a prompt with `[[refuse]]` makes it.
    """

    prompt: str
    answer: str
    refused: bool

    @property
    def marker(self) -> str | None:
        """Return the id that the prompt carries."""
        return asked(self.prompt)

    def pieces(self) -> list[str]:
        """Return the answer in the pieces in which it is streamed."""
        return [self.answer[at : at + PIECE] for at in range(0, len(self.answer), PIECE)]

    def spent(self) -> tuple[int, int]:
        """Return the tokens read and written."""
        return len(self.prompt) // 4 + 1, len(self.answer) // 4 + 1


def talk(messages: object, shape: Json | None, param: str) -> Talk:
    """Answer messages, in the shape that a `json_schema` format asks for.

    Args:
        messages: A text, or a list of messages whose content is a text or a list of parts.
        shape: The format with `type`, and `schema` where the type is `json_schema`.
        param: The name of the field, for refusals.
    """
    prompt = "\n".join(_said(messages, param))
    if not prompt.strip():
        refuse(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")
    if REFUSE in prompt:
        return Talk(prompt, SORRY, refused=True)
    words = IN_PROMPT.sub("", prompt).strip()[-200:]
    answer = f"The twin heard: {words} {spoken(asked(prompt))}"
    return Talk(prompt, _shaped(answer, shape), refused=False)


def _shaped(answer: str, shape: Json | None) -> str:
    kind = check.choice(shape or {}, "type", ("text", "json_object", "json_schema"), "text")
    if kind == "json_schema" and shape:
        check.required(shape, "name", "schema")
        return json.dumps(example(shape["schema"], answer))
    return json.dumps({"answer": answer}) if kind == "json_object" else answer


def _said(messages: object, param: str) -> Iterator[str]:
    if isinstance(messages, str):
        yield messages
    elif isinstance(messages, list):
        for message in messages:
            yield from _content(message, param)
    else:
        refuse(f"Invalid type for '{param}': expected a string or a list.", param, "invalid_type")


def _content(message: Any, param: str) -> Iterator[str]:
    if not isinstance(message, dict):
        refuse(f"Invalid type for '{param}': expected objects.", param, "invalid_type")
    content = message.get("content") or message.get("output") or ""
    if isinstance(content, str):
        yield content
    else:
        yield from (str(part.get("text", "")) for part in content)
