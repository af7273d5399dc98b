"""Each of the vendor's models shows and takes what it has; a model of somebody else takes everything."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import validator_for

from maquette import catalog
from maquette.core.action import Action
from maquette.core.adapt import adapt
from maquette.core.errors import ParamsInvalid
from maquette.core.registry import Registry

LOW_TO_HIGH = ["auto", "low", "medium", "high"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


@pytest.fixture(scope="module")
def action(registry: Registry) -> Action:
    return registry.action("media.openai.txt2img")


@pytest.mark.parametrize(
    ("model", "qualities", "complexity"),
    [
        ("gpt-image-2.6-sunburst", [*LOW_TO_HIGH, "xhigh", "max"], True),
        ("gpt-image-2.5-flare-2026-09-08", [*LOW_TO_HIGH, "xhigh", "max"], False),
        ("gpt-image-2", LOW_TO_HIGH, False),
        ("gpt-image-1.5", LOW_TO_HIGH, False),
        ("my-own-model", [*LOW_TO_HIGH, "xhigh", "max"], True),
    ],
)
def test_a_model_shows_the_qualities_that_it_has(
    action: Action, model: str, qualities: list[str], complexity: bool
) -> None:
    fields = action.schema(model)["properties"]
    assert fields["quality"]["enum"] == qualities
    assert ("complexity" in fields) is complexity
    assert fields["model"]["x-refresh"] is True


@pytest.mark.parametrize(
    ("model", "asked", "path"),
    [
        ("gpt-image-2", {"quality": "max"}, "quality"),
        ("gpt-image-2.5-flare", {"complexity": "high"}, "complexity"),
    ],
)
def test_what_a_model_does_not_show_is_refused_before_anything_is_sent(
    action: Action, model: str, asked: dict[str, Any], path: str
) -> None:
    with pytest.raises(ParamsInvalid) as caught:
        adapt(action, {"prompt": "a heron", "model": model} | asked)
    assert [fault["path"] for fault in caught.value.details["errors"]] == [path]


@pytest.mark.parametrize(
    ("model", "asked", "used"),
    [
        ("gpt-image-2", "1000x1000", "992x992"),
        ("gpt-image-2.6-flare", "4096x2304", "3840x2304"),
        ("gpt-image-1.5", "1920x1080", "1536x1024"),
        ("my-own-model", "1000x1000", "1000x1000"),
    ],
)
def test_a_size_becomes_the_nearest_that_the_model_makes(action: Action, model: str, asked: str, used: str) -> None:
    made, warnings = adapt(action, {"prompt": "a heron", "model": model, "size": asked})
    assert made.model_dump()["size"] == used
    assert [warning["used"] for warning in warnings] == ([used] if used != asked else [])


def test_the_oldest_voices_take_no_instructions(registry: Registry) -> None:
    speech = registry.action("media.openai.speech")
    assert "instructions" not in speech.schema("tts-1-hd")["properties"]
    assert "instructions" in speech.schema("gpt-4o-mini-tts")["properties"]


def test_the_sheet_narrows_only_what_there_is_and_leaves_every_default_valid(registry: Registry) -> None:
    actions = [action for action in registry.of("openai").values() if action.narrow is not None]
    words = {word for action in actions for word in action.schema()["properties"]}
    for model in catalog.models("openai").values():
        if model.narrowing is None:
            continue
        assert model.narrowing.drop | model.narrowing.fields.keys() <= words, model.id
        for action in (action for action in actions if action.produces == model.media):
            fields = action.schema(model.id)["properties"]
            for word, spec in fields.items():
                assert "default" not in spec or validator_for(spec).is_valid(spec["default"]), (model.id, word)
