"""What can be told to be wrong with a workflow before it runs, and where."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import ParamsInvalid
from maquette.core.registry import Registry
from maquette.core.workflow import begin, check, read

REGISTRY = Registry()


def document(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"name": "w", "steps": list(steps), **more}


def faults(made: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        found = list(check(read(made), REGISTRY.action))
    except ParamsInvalid as error:
        found = error.details["errors"]
    return [(fault["path"], fault["message"]) for fault in found]


ECHO = {"id": "a", "module_id": "media.painter.txt2img", "inputs": {"prompt": "{{ state.idea }}"}}
INPUTS = {"type": "object", "properties": {"idea": {"type": "string"}}}


@pytest.mark.parametrize(
    ("made", "path", "said"),
    [
        (document(), "/steps", "at least one"),
        (document(3), "/steps/0", "an object"),
        (document({"id": "a"}), "/steps/0", "either"),
        (document({"id": "1", "module_id": "ask.form"}), "/steps/0/id", "an id"),
        (document(ECHO, ECHO, inputs=INPUTS), "/steps/1/id", "already"),
        (document({**ECHO, "module_id": "media.painter.txt2imh"}), "/steps/0/module_id", "'media.painter.txt2img'"),
        (document({**ECHO, "module_id": "ask.from"}), "/steps/0/module_id", "'ask.form'"),
        (document({**ECHO, "inputs": {"prompt": "{{ stat.idea }}"}}), "/steps/0/inputs/prompt", "'state'"),
        (
            document({**ECHO, "inputs": {"prompt": "{{ state.ide }}"}}, inputs=INPUTS),
            "/steps/0/inputs/prompt",
            "'idea'",
        ),
        (document({**ECHO, "note": 1, "inputs": {"prompt": "{{ step.nite }}"}}), "/steps/0/inputs/prompt", "'note'"),
        (document({**ECHO, "inputs": {"prompt": "{{ state.idea"}}, inputs=INPUTS), "/steps/0/inputs/prompt", "never"),
        (document({**ECHO, "inputs": {"promt": "x", "prompt": "y"}}), "/steps/0/inputs/promt", "'prompt'"),
        (document({**ECHO, "inputs": {}}), "/steps/0/inputs/prompt", "needs 'prompt'"),
        (document({**ECHO, "inputs": {"prompt": "x", "n": 99}}), "/steps/0/inputs/n", "99"),
        (document({**ECHO, "if": {"path": "state.idea", "is": 1}}, inputs=INPUTS), "/steps/0/if", "one of"),
        (document({**ECHO, "if": {"path": "item.a", "equals": 1}}, inputs=INPUTS), "/steps/0/if", "'item'"),
        (document({**ECHO, "each": "{{ state.ide }}"}, inputs=INPUTS), "/steps/0/each", "'idea'"),
        (document(ECHO, inputs={"type": "array"}), "/inputs/type", "object"),
        (document(ECHO, inputs={"properties": {"a": {"type": "strin"}}}), "/inputs/properties/a/type", "strin"),
        (document(ECHO, stesp=[], inputs=INPUTS), "/stesp", "'steps'"),
        (
            document({"id": "p", "parallel": [[{**ECHO, "module_id": "nothing.here"}]]}),
            "/steps/0/parallel/0/0/module_id",
            "nothing.here",
        ),
        (
            document(
                {
                    "id": "g",
                    "module_id": "media.generation",
                    "inputs": {"data": {}, "display_schema": {"x-display": "card"}},
                }
            ),
            "/steps/0/inputs/display_schema/x-display",
            "'cards'",
        ),
    ],
)
def test_a_fault_is_told_with_its_path(made: dict[str, Any], path: str, said: str) -> None:
    found = faults(made)
    assert [message for where, message in found if where == path and said in message], found


def test_every_fault_is_told_at_once() -> None:
    found = faults(document({"id": "a"}, {"id": "?", "module_id": "ask.form"}, name=""))
    assert {path for path, _ in found} >= {"/name", "/steps/0", "/steps/1/id"}


def test_a_late_template_may_name_what_only_the_module_knows() -> None:
    step = {
        "id": "g",
        "module_id": "media.generation",
        "inputs": {"data": {}, "sub_actions": {"go": {"action_type": "media.{{ provider }}.txt2img"}}},
    }
    assert faults(document(step)) == []


def test_after_a_module_the_state_may_hold_anything_after_an_action_it_may_not() -> None:
    form = {"id": "f", "module_id": "ask.form", "inputs": {"form": {"type": "object"}}}
    assert faults(document(form, {**ECHO, "inputs": {"prompt": "{{ state.whatever }}"}})) == []
    bad = {**ECHO, "id": "b", "inputs": {"prompt": "{{ state.asset }}"}}
    assert faults(document(ECHO, bad, inputs=INPUTS))[0][0] == "/steps/1/inputs/prompt"


def test_inputs_get_their_defaults_and_are_held_to_their_schema() -> None:
    inputs = {"properties": {"idea": {"type": "string", "default": "fox"}, "n": {"type": "integer"}}, "required": ["n"]}
    flow = read(document(ECHO, inputs=inputs))
    assert begin(flow, {"n": 2}) == {"idea": "fox", "n": 2}
    for bad in ({}, {"n": "2"}, {"n": 1, "ideas": "x"}):
        with pytest.raises(ParamsInvalid) as caught:
            begin(flow, bad)
        assert caught.value.details["errors"]
