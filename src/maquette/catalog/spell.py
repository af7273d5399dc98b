"""Say to one of many models what it knows, in the words of its wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maquette.core.params import Params

from . import Spelling, model

__all__ = ["known_words", "spelled"]

_NOTHING = (None, "", -1, (), "auto")


def known_words(provider: str, name: str, params: Params, *, skip: frozenset[str]) -> dict[str, Any]:
    """Return what is asked for, without what the model does not take.

    A model of which nothing is known is told only what is not at its default, since many refuse words that they lack.
    """
    found = model(provider, name)
    dropped = found.narrowing.drop if found and found.narrowing else frozenset()
    fields = type(params).model_fields
    values = {word: getattr(params, word) for word in fields if word not in skip | dropped}
    return {
        word: value
        for word, value in values.items()
        if value not in _NOTHING and (found is not None or value != fields[word].default)
    }


def spelled(provider: str, name: str, said: Mapping[str, Any], usual: Mapping[str, str]) -> dict[str, Any]:
    """Return what is said to a model in the words of its wire; `usual` are those of most models of the provider."""
    found = model(provider, name)
    spelling = (found.spelling if found else None) or Spelling()
    words, made = {**usual, **spelling.words}, dict[str, Any]()
    for word, value in said.items():
        head, _, part = words.get(word, word).partition(".")
        if word in spelling.lists:
            made[head] = [*made.get(head, []), *(value if isinstance(value, list) else [value])]
        elif part:
            made[head] = {**made.get(head, {}), part: value}
        else:
            made[head] = str(value) if word in spelling.text else value
    return made
