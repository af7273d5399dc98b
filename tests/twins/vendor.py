"""Share what the twins of vendors of words have in common: what is said, and pauses where a fault puts them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from tests.twins.marker import IN_PROMPT, asked, spoken
from tests.twins.openai.example import example
from tests.twins.wire import Answer, Json

REFUSE: Final = "[[refuse]]"


@dataclass(frozen=True)
class Words:
    """Hold what was asked of a model of language, and what it answers.

    Attributes:
        prompt: All that was said to it.
        answer: What it says, in the shape of a schema where there is one.
        refused: Whether it refuses; a prompt with `[[refuse]]` makes it.
    """

    prompt: str
    answer: str
    refused: bool

    @property
    def marker(self) -> str | None:
        """Return the id that the prompt carries."""
        return asked(self.prompt)

    def spent(self) -> tuple[int, int]:
        """Return the tokens read and written."""
        return len(self.prompt) // 4 + 1, len(self.answer) // 4 + 1


def words(prompt: str, schema: Json | None = None) -> Words:
    """Answer a prompt."""
    said = f"The twin heard: {IN_PROMPT.sub('', prompt).strip()[-200:]} {spoken(asked(prompt))}"
    return Words(prompt, json.dumps(example(schema, said)) if schema else said, REFUSE in prompt)


def limited(fault: str, seconds: int, made: Callable[[str], Answer]) -> Answer:
    """Return a 429, with the pause where the fault says that it stands."""
    message = "Rate limit reached."
    if fault == "rate_body":
        message += f" Please try again in {seconds}s."
    answer = made(message)
    if fault == "rate_seconds":
        return answer.told({"retry-after": str(seconds)})
    if fault == "rate_date":
        # The date has whole seconds only; one more keeps it from lying in the past when it is read.
        then = datetime.now(UTC) + timedelta(seconds=seconds + 1)
        return answer.told({"retry-after": format_datetime(then, usegmt=True)})
    return answer


def unknown(fields: Json, known: frozenset[str]) -> Any:
    """Return the first field that an endpoint does not have, or None."""
    return next((name for name in fields if name not in known), None)
