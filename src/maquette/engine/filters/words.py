"""Refuse prompts and texts that hold one of a list of words."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from maquette.core.filter import FilterSettings, Specimen

_MOST = 4_000_000


class Words(FilterSettings):
    """Which words are refused."""

    words: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=10_000)]
    """Words or phrases, in any case; each stands for itself and not for a part of another word."""


class WordList:
    """Holds texts against a list of words."""

    title = "List of words"
    settings: type[FilterSettings] = Words

    def prompt(self, text: str, settings: Words) -> str | None:
        """Return that a listed word stands in the text, without saying which."""
        pattern = "|".join(re.escape(word.casefold()) for word in settings.words)
        found = re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text.casefold())
        return "it holds a word of the list" if found else None

    def output(self, specimen: Specimen, settings: Words) -> str | None:
        """Hold a text that was made against the list; other media pass."""
        if specimen.media != "text":
            return None
        with specimen.path.open("rb") as file:
            return self.prompt(file.read(_MOST).decode(errors="replace"), settings)


FILTER = WordList()
