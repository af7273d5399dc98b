"""Split a prompt into the scenes of a film. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

MOST: Final = 4
_END: Final = re.compile(r"(?<=[.!?;])\s+|\s*\n+\s*|,?\s+then\s+", re.IGNORECASE)


def scenes(prompt: str) -> list[str]:
    """Return one to four prompts, one for each sentence or line; further ones are told together."""
    parts = [part for part in _END.split(prompt.strip()) if re.search(r"\w", part)] or [prompt]
    count = min(MOST, len(parts))
    edges = [len(parts) * number // count for number in range(count + 1)]
    return [" ".join(parts[start:end]) for start, end in pairwise(edges)]
