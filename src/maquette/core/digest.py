"""A digest of a conversation in its own sentences: no model, no key, and the same every time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .context import sentences, words

_LONGEST = 400


def digest(texts: Sequence[str], most: int = 3) -> str:
    """Return the sentences that say most of what all say, in the order in which they were said.

    Args:
        texts: What was said, oldest first.
        most: How many sentences at most.
    """
    said = list(dict.fromkeys(sentence[:_LONGEST] for text in texts for sentence in sentences(text)))
    weight = Counter(word for sentence in said for word in set(words(sentence)))

    def worth(place: int) -> float:
        found = set(words(said[place]))
        # A sentence is worth what its words are, by its length; of equals the later one is nearer to what is meant now.
        return sum(weight[word] for word in found) / (len(found) + 3) + place * 1e-6

    chosen = sorted(sorted(range(len(said)), key=worth, reverse=True)[:most])
    return " ".join(said[place] for place in chosen)
