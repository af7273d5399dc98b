"""Graphs are imported from both of ComfyUI's formats, mapped to a schema, or refused by the node's name."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl

from maquette.core.action import Definition
from maquette.core.adapt import adapt, validate
from maquette.core.errors import ParamsInvalid, ProviderUnavailable
from maquette.core.params import HINTS
from maquette.core.registry import Registry
from maquette.providers.comfyui import PROVIDER, import_graph
from maquette.providers.comfyui.graph import filled
from maquette.providers.comfyui.settings import Account
from tests.providers.comfyui.drawing import Drawing, film, portrait
from tests.providers.lent import LentCall, lent
from tests.twins.running import Twin

Json = dict[str, Any]


@pytest.fixture(scope="module")
def kinds(twin: Twin) -> Json:
    with urllib.request.urlopen(f"{twin.url}/object_info", timeout=10) as answer:
        found: Json = json.load(answer)
    return found


def targets(body: Json) -> dict[str, list[list[str]]]:
    return {entry["name"]: entry["targets"] for entry in body["inputs"]}


def classes(graph: Json) -> set[str]:
    return {node["class_type"] for node in graph.values()}


def test_a_file_of_the_editor_becomes_the_graph_that_the_server_runs(kinds: Json) -> None:
    body = import_graph(portrait().saved(), object_info=kinds, name="Portrait")
    graph = body["graph"]
    assert classes(graph) == {
        "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode", "SaveImage",
    }  # fmt: skip
    assert graph["6"]["inputs"] == {
        "seed": 4711,
        "steps": 4,
        "cfg": 6.5,
        "sampler_name": "heun",
        "scheduler": "karras",
        "denoise": 1.0,
        "model": ["1", 0],
        "positive": ["3", 0],
        "negative": ["4", 0],
        "latent_image": ["5", 0],
    }
    assert graph["3"]["inputs"] == {"text": "a portrait [[m:ui]]", "clip": ["1", 1]}
    assert graph["7"]["inputs"]["vae"] == ["1", 2]
    assert (body["produces"], body["title"]) == ("image", "Portrait")
    assert body["document"] == portrait().saved()


def test_the_inputs_that_people_fill_in_get_the_common_words(kinds: Json) -> None:
    body = import_graph(portrait().saved(), object_info=kinds, name="Portrait")
    assert targets(body) == {
        "prompt": [["3", "text"]],
        "negative_prompt": [["4", "text"]],
        "model": [["1", "ckpt_name"]],
        "width": [["5", "width"]],
        "height": [["5", "height"]],
        "n": [["5", "batch_size"]],
        "steps": [["6", "steps"]],
        "guidance": [["6", "cfg"]],
        "seed": [["6", "seed"]],
    }
    fields = body["schema"]["properties"]
    assert fields["model"]["enum"] == ["twin-sd15.safetensors", "twin-sdxl.safetensors"]
    assert (fields["width"]["default"], fields["steps"]["default"], fields["seed"]["default"]) == (128, 4, -1)
    assert body["schema"]["required"] == []
    assert {key for spec in fields.values() for key in spec if key.startswith("x-")} <= HINTS


def test_a_picture_is_asked_for_and_lists_of_every_style_are_read(kinds: Json) -> None:
    body = import_graph(film().saved(), object_info=kinds, name="Film")
    graph = body["graph"]
    assert graph["1"]["inputs"] == {"image": "example.png"}
    assert graph["2"]["inputs"] == {"upscale_method": "lanczos", "largest_size": 64, "image": ["1", 0]}
    assert graph["3"]["inputs"] == {"fps": 8, "images": ["2", 0]}
    saved = {"filename_prefix": "ui/film", "format": "mp4", "format.codec": "h264", "video": ["3", 0]}
    assert graph["4"]["inputs"] == saved
    assert body["produces"] == "video"
    assert body["schema"]["required"] == ["image"]
    assert body["schema"]["properties"]["image"]["x-accept"] == ["image"]


def test_links_may_be_objects_as_in_the_newest_files(kinds: Json) -> None:
    document = film().saved()
    names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    newest = document | {"links": [dict(zip(names, row, strict=True)) for row in document["links"]]}
    assert (
        import_graph(newest, object_info=kinds, name="f")["graph"]
        == (import_graph(document, object_info=kinds, name="f")["graph"])
    )


def test_the_api_format_needs_no_server() -> None:
    graph = import_graph_of_two_samplers()
    body = import_graph(graph, object_info=None, name="Two")
    found = targets(body)
    # One seed for the whole graph; equal values go together, a stray one stays as it is.
    assert found["seed"] == [["a", "seed"], ["b", "noise_seed"]]
    assert found["steps"] == [["a", "steps"]]
    assert found["guidance"] == [["f", "guidance"]]
    assert found["strength"] == [["b", "denoise"]]
    assert found["prompt"] == [["p", "value"]]
    assert "negative_prompt" not in found
    assert body["schema"]["properties"]["guidance"]["type"] == "number"


def import_graph_of_two_samplers() -> Json:
    return {
        "p": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a fox"}},
        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": ["p", 0], "clip": ["c", 0]}},
        "f": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["t", 0]}},
        "z": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["t", 0]}},
        "c": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "x"}},
        "i": {"class_type": "LoadImage", "inputs": {"image": "old.png"}},
        "a": {
            "class_type": "KSampler",
            "inputs": {"seed": 1, "steps": 20, "positive": ["f", 0], "negative": ["z", 0], "denoise": 1.0},
        },
        "b": {
            "class_type": "KSamplerAdvanced",
            "inputs": {"noise_seed": 2, "steps": 9, "positive": ["f", 0], "negative": ["z", 0], "denoise": 0.4},
        },
        "s": {"class_type": "SaveImage", "inputs": {"images": ["b", 0], "filename_prefix": "two"}},
    }


def test_a_prompt_that_the_graph_leaves_empty_must_be_given() -> None:
    graph = {
        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["c", 0]}},
        "s": {"class_type": "SaveImage", "inputs": {"images": ["x", 0]}},
    }
    schema = import_graph(graph, object_info=None, name="Empty")["schema"]
    assert schema["required"] == ["prompt"]
    assert schema["properties"]["prompt"]["minLength"] == 1


def test_a_graph_that_saves_nothing_is_refused(kinds: Json) -> None:
    graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}}}
    with pytest.raises(ParamsInvalid, match="no node saves anything"):
        import_graph(graph, object_info=kinds, name="Silent")


def test_values_of_any_shape_behind_a_seed_are_judged_not_crashed_on(kinds: Json) -> None:
    drawing = portrait()
    drawing.nodes[5]["widgets_values"][1] = {"odd": []}
    with pytest.raises(ParamsInvalid, match="'steps'"):
        import_graph(drawing.saved(), object_info=kinds, name="Odd")


def test_a_guider_leads_to_the_prompt_as_a_sampler_does() -> None:
    graph = {
        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["c", 0]}},
        "g": {"class_type": "BasicGuider", "inputs": {"conditioning": ["t", 0], "model": ["m", 0]}},
        "s": {"class_type": "SaveImage", "inputs": {"images": ["x", 0]}},
    }
    assert targets(import_graph(graph, object_info=None, name="Flux"))["prompt"] == [["t", "text"]]


def test_further_inputs_are_offered_on_request(kinds: Json) -> None:
    body = import_graph(portrait().saved(), object_info=kinds, name="P", expose=["6.sampler_name", "6.denoise"])
    assert targets(body)["sampler_name"] == [["6", "sampler_name"]]
    assert "heun" in body["schema"]["properties"]["sampler_name"]["enum"]
    assert body["schema"]["properties"]["denoise"] == {
        "title": "Denoise", "type": "number", "minimum": 0, "maximum": 1, "default": 1.0,
    }  # fmt: skip
    for wrong in ("6.nothing", "99.text", "6.model"):
        with pytest.raises(ParamsInvalid, match=wrong):
            import_graph(portrait().saved(), object_info=kinds, name="P", expose=[wrong])


def test_only_what_is_given_is_filled_in_and_the_graph_stays_as_it_was(kinds: Json) -> None:
    body = import_graph(portrait().saved(), object_info=kinds, name="P")
    before = json.dumps(body["graph"])
    made = filled(body["graph"], body["inputs"], {"prompt": "a fox", "seed": 5})
    assert (made["3"]["inputs"]["text"], made["6"]["inputs"]["seed"]) == ("a fox", 5)
    assert made["6"]["inputs"]["steps"] == 4
    assert json.dumps(body["graph"]) == before


def without_link() -> Drawing:
    drawing = film()
    drawing.nodes[1]["inputs"][0]["link"] = None
    return drawing


def muted_source() -> Drawing:
    drawing = film()
    drawing.nodes[1]["mode"] = 2
    return drawing


def strange_node(kind: str) -> Drawing:
    drawing = film()
    drawing.nodes[2]["type"] = kind
    return drawing


def wrong_value() -> Drawing:
    drawing = portrait()
    drawing.nodes[5]["widgets_values"][2] = "euler"
    return drawing


def dangling() -> Drawing:
    drawing = film()
    drawing.links.pop(0)
    return drawing


def circle() -> Drawing:
    drawing = film()
    first, second = (drawing.node("Reroute", outputs=("*",)) for _ in range(2))
    drawing.link(first, 0, second, "", "*")
    drawing.link(second, 0, first, "", "*")
    drawing.nodes[1]["inputs"] = []
    drawing.link(first, 0, 2, "image", "IMAGE")
    return drawing


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (without_link(), "node 2 .*'image' has no value"),
        (muted_source(), "node 3 .*'images' has no value"),
        (strange_node("FancyNode"), "node 3 .*no node 'FancyNode'"),
        (strange_node("workflow>mine"), "node 3 .*group of nodes"),
        (strange_node("0f0e0d0c-0b0a-4a09-8807-060504030201"), "node 3 .*group of nodes"),
        (wrong_value(), "node 6 .*'euler' does not fit its input 'steps'"),
        (dangling(), "node 2 .*leads nowhere"),
        (circle(), "node 2 .*circle"),
    ],
)
def test_a_graph_that_cannot_be_mapped_is_refused_by_its_node(kinds: Json, drawing: Drawing, message: str) -> None:
    with pytest.raises(ParamsInvalid, match=message) as caught:
        import_graph(drawing.saved(), object_info=kinds, name="Broken")
    assert caught.value.details["errors"][0]["path"].startswith("nodes.")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"nodes": []},
        {"nodes": [{"type": "KSampler"}], "links": []},
        {"nodes": [{"id": 1, "type": "KSampler", "inputs": "none"}]},
        {"nodes": [], "links": [["x"]]},
        {"1": {"inputs": {}}},
        {"1": {"class_type": "SaveImage"}},
        {"1": ["not", "a", "node"]},
        {"1": {"class_type": "EmptyImage", "inputs": {}}},
    ],
)
def test_a_file_that_is_no_graph_is_refused_in_words(kinds: Json, document: Json) -> None:
    with pytest.raises(ParamsInvalid, match="Graph 'Broken'"):
        import_graph(document, object_info=kinds, name="Broken")


@pytest.mark.parametrize("drawing", [portrait(), film()])
def test_an_exported_definition_imports_as_the_same_again(kinds: Json, drawing: Drawing) -> None:
    body = import_graph(drawing.saved(), object_info=kinds, name="Round")
    assert import_graph(json.loads(json.dumps(body)), object_info=kinds, name="Round") == body


def test_an_api_file_may_come_as_the_body_of_a_request(kinds: Json) -> None:
    graph = import_graph(portrait().saved(), object_info=kinds, name="P")["graph"]
    wrapped = {"prompt": graph, "client_id": "somebody"}
    assert import_graph(wrapped, object_info=None, name="P")["graph"] == graph


async def test_the_server_explains_a_file_of_the_editor(call: LentCall, tmp_path: Path) -> None:
    body = await PROVIDER.import_definition(portrait().saved(), name="P", call=call)
    assert body["schema"]["properties"]["model"]["enum"]
    off = Account(base_url=HttpUrl("http://127.0.0.1:9"))
    async with lent(PROVIDER, off, tmp_path) as nobody:
        with pytest.raises(ProviderUnavailable):
            await PROVIDER.import_definition(portrait().saved(), name="P", call=nobody)
        plain = await PROVIDER.import_definition(body["graph"], name="P", call=nobody)
    assert plain["graph"] == body["graph"]
    assert "enum" not in plain["schema"]["properties"]["model"]
    assert (await PROVIDER.import_definition(body["graph"], name="P", call=None))["schema"] == plain["schema"]


def test_the_editors_format_needs_the_servers_list_of_nodes() -> None:
    with pytest.raises(ParamsInvalid, match="reachable ComfyUI server"):
        import_graph(film().saved(), object_info=None, name="Film")


def test_each_imported_graph_is_an_action_with_its_own_schema(kinds: Json) -> None:
    bodies = [
        import_graph(d.saved(), object_info=kinds, name=n) for d, n in ((portrait(), "My Portrait!"), (film(), "Film"))
    ]
    registry = Registry()
    rows = [Definition(f"def_{i}", "graph", body["title"], 1, body) for i, body in enumerate([*bodies, bodies[0]])]
    registry.define("comfyui", [*rows, Definition("def_9", "preset", "other", 1, {})])
    built_in = {action.name for action in PROVIDER.actions()}
    found = {name: action.produces for name, action in registry.of("comfyui").items()}
    assert {
        name: media for name, media in found.items() if name == "media.comfyui.txt2img" or name not in built_in
    } == {
        "media.comfyui.txt2img": "image",
        "media.comfyui.my_portrait": "image",
        "media.comfyui.film": "video",
        "media.comfyui.my_portrait_2": "image",
    }
    action = registry.action("media.comfyui.my_portrait")
    params, warnings = adapt(action, {"prompt": "a fox", "size": "256x192", "voice": "nova"})
    assert params.model_dump()["width"] == 256
    assert params.model_dump()["seed"] >= 0
    assert {warning["field"] for warning in warnings} == {"size", "voice"}
    with pytest.raises(ParamsInvalid, match="steps"):
        validate(action, {"steps": 0})
    assert registry.action("media.comfyui.film").accepts() == {"image": ["image"]}
