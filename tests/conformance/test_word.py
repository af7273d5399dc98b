"""Every action by every common word: a value is used as asked, or the change is told, or it is refused by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from maquette.core.action import Action
from maquette.core.adapt import COMMON, adapt
from maquette.core.errors import ParamsInvalid
from maquette.core.registry import Registry

REGISTRY = Registry("maquette.providers", "maquette.modules")
ACTIONS = {action.name: action for action in REGISTRY.actions() if not action.composite}
ASSET = "asset_" + "0" * 32
SAMPLES: Mapping[str, tuple[Any, ...]] = {
    "prompt": ("a heron", "x" * 40_000),
    "negative_prompt": ("no people",),
    "n": (1, 3, 99, 0),
    "size": ("1024x1024", "640x480", "7x9000", "auto", "huge"),
    "aspect_ratio": ("16:9", "5:1", "0:0"),
    "seed": (7, -1, 2**40),
    "image": (ASSET, "none"),
    "mask": (ASSET,),
    "strength": (0.5, 7),
    "steps": (20, 0, 9999),
    "guidance": (7.0, -3),
    "width": (512, 513, 100_000),
    "height": (512, 1),
    "duration": (5, 7.5, 3600),
    "fps": (24, 1000),
    "resolution": ("720p", "16k"),
    "last_image": (ASSET,),
    "model": ("a-model-that-nobody-has",),
    "voice": ("nobody",),
    "language": ("en", "xx"),
    "format": ("png", "tiff"),
    "quality": ("high", "none-such"),
    "style": ("vivid", "none-such"),
}


def test_every_common_word_has_samples() -> None:
    assert SAMPLES.keys() == COMMON
    assert len(ACTIONS) >= 15


def needed(action: Action) -> dict[str, Any]:
    """Return a value for each field that an action cannot do without."""
    schema = action.schema()
    return {name: filled(name, schema["properties"][name]) for name in schema.get("required", ())}


def filled(name: str, spec: Mapping[str, Any]) -> Any:
    if "x-accept" in spec or "x-accept" in spec.get("items", {}):
        return [ASSET] if spec.get("type") == "array" else ASSET
    if "enum" in spec:
        return spec["enum"][0]
    kinds = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    return kinds.get(str(spec.get("type")), "a heron")


def cases() -> Iterator[Any]:
    for name in sorted(ACTIONS):
        yield from (pytest.param(name, word, id=f"{name}-{word}") for word in sorted(COMMON))


@pytest.mark.accepts("S0.64", "S4.13")
@pytest.mark.parametrize(("name", "word"), list(cases()))
def test_nothing_is_changed_or_dropped_in_silence(name: str, word: str) -> None:
    action = ACTIONS[name]
    for value in SAMPLES[word]:
        asked = needed(action) | {word: value}
        try:
            made, warnings = adapt(action, asked)
        except ParamsInvalid as refusal:
            faults = refusal.details["errors"]
            assert any(str(fault["path"]).split(".")[0] == word for fault in faults), (value, faults)
            continue
        kept = made.model_dump(mode="json", exclude_none=True)
        told = {warning["field"]: warning for warning in warnings}
        if word in told:
            assert told[word]["asked"] == value
            assert told[word]["why"]
            with pytest.raises(ParamsInvalid):
                adapt(action, asked, strict=True)
        elif (word, value) == ("seed", -1):
            assert kept["seed"] >= 0, "a seed that is drawn is kept"
        else:
            assert kept[word] == value, f"{word}={value!r} became {kept.get(word)!r} in silence"
        lost = {each for each in asked if each not in told and each not in kept}
        assert lost == set()
