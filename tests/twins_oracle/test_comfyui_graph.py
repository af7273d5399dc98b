"""The ComfyUI twin describes its nodes and refuses bad graphs in a real server's words."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.twins.running import Twin
from tests.twins_oracle.client import LAST, SOLID, connected, text_to_image


def changed(node: str, **inputs: Any) -> dict[str, Any]:
    graph = text_to_image("x")
    return {**graph, node: {**graph[node], "inputs": {**graph[node]["inputs"], **inputs}}}


def without(node: str, key: str) -> dict[str, Any]:
    graph = changed(node)
    del graph[node]["inputs"][key]
    return graph


@pytest.mark.parametrize(
    ("graph", "node", "kind", "extra"),
    [
        (without("5", "width"), "5", "required_input_missing", {"input_name"}),
        (
            changed("5", width="abc"),
            "5",
            "invalid_input_type",
            {"input_name", "input_config", "received_value", "exception_message"},
        ),
        (changed("5", width=99999), "5", "value_bigger_than_max", {"input_name", "input_config", "received_value"}),
        (changed("5", width=1), "5", "value_smaller_than_min", {"input_name", "input_config", "received_value"}),
        (changed("4", ckpt_name="no"), "4", "value_not_in_list", {"input_name", "input_config", "received_value"}),
        (
            changed("8", samples=["4", 2]),
            "8",
            "return_type_mismatch",
            {"input_name", "input_config", "received_type", "linked_node"},
        ),
        (
            changed("8", samples=["77", 0]),
            "8",
            "exception_during_inner_validation",
            {"input_name", "input_config", "exception_message", "exception_type", "traceback", "linked_node"},
        ),
    ],
)
async def test_a_bad_graph_is_refused_with_the_node_and_the_reason(
    comfy_twin: Twin, graph: dict[str, Any], node: str, kind: str, extra: set[str]
) -> None:
    before = len(comfy_twin.bill())
    async with connected(comfy_twin.url) as comfy:
        status, answer = await comfy.post("/prompt", {"prompt": graph})
    assert (status, answer["error"]["type"]) == (400, "prompt_outputs_failed_validation")
    assert set(answer["error"]) == {"type", "message", "details", "extra_info"}
    assert set(answer["node_errors"][node]) == {"errors", "dependent_outputs", "class_type"}
    assert answer["node_errors"][node]["dependent_outputs"] == ["9"]
    (error,) = answer["node_errors"][node]["errors"]
    assert error["type"] == kind
    assert set(error["extra_info"]) == extra
    assert len(comfy_twin.bill()) == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "no_prompt"),
        ({"prompt": {}}, "prompt_no_outputs"),
        ({"prompt": {"1": SOLID["1"]}}, "prompt_no_outputs"),
        ({"prompt": {"1": {"class_type": "NoSuchNode", "inputs": {}}}}, "missing_node_type"),
        ({"prompt": {"1": {"inputs": {}}}}, "missing_node_type"),
        ({"prompt": SOLID, "prompt_id": "job-1"}, "invalid_prompt_id"),
        ({"prompt": SOLID, "prompt_id": str(uuid.UUID(int=2**127)).upper().replace("8", "A")}, "invalid_prompt_id"),
    ],
)
async def test_a_body_that_cannot_run_is_refused(comfy_twin: Twin, body: dict[str, Any], kind: str) -> None:
    async with connected(comfy_twin.url) as comfy:
        status, answer = await comfy.post("/api/prompt", body)
    assert (status, answer["error"]["type"]) == (400, kind)


async def test_half_a_graph_runs_and_the_other_half_is_reported(comfy_twin: Twin) -> None:
    bad = {"class_type": "SaveImage", "inputs": {"images": ["77", 0], "filename_prefix": "bad"}}
    async with connected(comfy_twin.url) as comfy:
        status, answer = await comfy.post("/prompt", {"prompt": {**SOLID, "8": bad}, "client_id": comfy.sid})
        assert (status, list(answer["node_errors"])) == (200, ["8"])
        assert answer["node_errors"]["8"]["errors"][0]["type"] == "exception_during_validation"
        assert (await comfy.hear(*LAST))["type"] == "execution_success"


async def test_nodes_are_described_in_all_three_styles(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        every = await comfy.get("/object_info")
        one = await comfy.get("/api/object_info/KSampler")
        assert await comfy.get("/object_info/NoSuchNode") == {}
    assert one == {"KSampler": every["KSampler"]}
    assert set(one["KSampler"]) >= {
        *("input", "input_order", "is_input_list", "output", "output_is_list", "output_name", "name"),
        *("display_name", "description", "python_module", "category", "output_node"),
    }
    assert isinstance(one["KSampler"]["input"]["required"]["sampler_name"][0], list)
    assert every["ImageScaleToMaxDimension"]["input"]["required"]["upscale_method"][0] == "COMBO"
    dynamic = every["SaveVideo"]["input"]["required"]["format"]
    assert dynamic[0] == "COMFY_DYNAMICCOMBO_V3"
    assert set(dynamic[1]["options"][0]) == {"key", "inputs"}
