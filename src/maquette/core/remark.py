"""What of a provider's notes on an output is for people to read, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SAID = {
    "label": "",
    "revised_prompt": "Prompt as used",
    "remark": "Said with it",
}
"""Notes whose value is the text, by the title that it gets."""
_MARKED = {
    "cut": "Cut off: it was longer than it was allowed to be",
    "nsfw": "The provider marks it as not safe for work",
}
"""Notes that are there or not, by what they mean."""
_LONGEST = 4000


def remarks(notes: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is to be read of an output, titled where the text does not say what it is."""
    said = [
        {"title": title, "text": found[:_LONGEST]}
        for name, title in _SAID.items()
        if isinstance(found := notes.get(name), str) and found.strip()
    ]
    return said + [{"title": "", "text": text} for name, text in _MARKED.items() if notes.get(name) is True]
