"""Graphs of ComfyUI through the API: imported, offered, run, exported as they came; followed without a socket too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maquette.providers.comfyui.picture import Paint, picture_graph
from tests.providers.comfyui.drawing import portrait
from tests.scenarios.fleet import Fleet, Json
from tests.twins.marker import marker_in
from tests.twins.running import Twin, running

ROUTE = "/api/v1/definitions"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("comfyui", tmp_path_factory.mktemp("comfyui"), step_delay=0.01) as made:
        yield made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, twin: Twin) -> Iterator[Fleet]:
    home = tmp_path_factory.mktemp("graph")
    (home / "maquette.toml").write_text(f'[media_creation.comfyui]\napi_url = "{twin.url}"\n')
    made = Fleet(home)
    made.start()
    yield made
    made.close()


def imported(fleet: Fleet, name: str, document: Any) -> Json:
    status, made = fleet.ask("POST", ROUTE, {"provider": "comfyui", "name": name, "document": document})
    assert status == 201, made
    return made


def run(fleet: Fleet, action: str, **params: Any) -> Json:
    status, job = fleet.ask("POST", "/api/v1/jobs", {"action": action, "params": params}, prefer="wait=25")
    assert (status, job["state"]) == (200, "succeeded"), job
    return job


def api_document() -> Json:
    paint = Paint.model_validate({"prompt": "a hill", "width": 64, "height": 64, "steps": 2, "seed": 3})
    return dict(picture_graph(paint, "twin-sd15.safetensors"))


@pytest.mark.accepts("S2.19")
@pytest.mark.parametrize("kind", ["editor", "api"])
def test_a_graph_is_imported_offered_run_and_exported_with_the_same_nodes_and_links(
    fleet: Fleet, twin: Twin, kind: str
) -> None:
    document = portrait().saved() if kind == "editor" else api_document()
    made = imported(fleet, f"Mine {kind}", document)
    (action,) = made["actions"]
    assert action == f"media.comfyui.mine_{kind}"
    schema = fleet.ask("GET", f"/api/v1/actions/{action}")[1]["schema"]
    assert {"prompt", "seed", "steps"} <= set(schema["properties"])
    job = run(fleet, action, prompt=f"a lighthouse [[m:{kind}]]", seed=9)
    assert marker_in(fleet.fetch(job["assets"][0]["urls"]["content"])) == kind
    assert twin.bills(kind) == 1
    exported = fleet.ask("GET", f"{ROUTE}/{made['id']}/export")[1]
    assert exported["document"] == document
    again = imported(fleet, f"Again {kind}", exported)
    returned = fleet.ask("GET", f"{ROUTE}/{again['id']}/export")[1]
    assert {word: returned[word] for word in ("document", "graph", "inputs")} == {
        word: exported[word] for word in ("document", "graph", "inputs")
    }
    for definition in (made, again):
        assert fleet.ask("DELETE", f"{ROUTE}/{definition['id']}")[0] == 204
    assert fleet.ask("GET", f"/api/v1/actions/{action}")[0] == 404


def test_a_file_that_is_no_graph_is_refused_by_its_place_and_not_kept(fleet: Fleet) -> None:
    before = fleet.ask("GET", ROUTE)[1]["items"]
    broken = api_document() | {"wrong": {"class_type": "KSampler"}}
    status, problem = fleet.ask("POST", ROUTE, {"provider": "comfyui", "name": "broken", "document": broken})
    assert (status, problem["code"]) == (422, "params_invalid")
    assert problem["errors"][0]["path"] == "wrong"
    assert fleet.ask("GET", ROUTE)[1]["items"] == before


@pytest.mark.accepts("S1.42")
def test_a_job_whose_socket_never_holds_is_followed_by_asking(fleet: Fleet, twin: Twin) -> None:
    twin.set_faults(elsewhere=1.0, kinds=["socket_drop"])
    try:
        job = run(fleet, "media.comfyui.txt2img", prompt="a mill [[m:dropped]]", width=64, height=64, steps=4)
    finally:
        twin.set_faults(elsewhere=0.0)
    assert [line for line in twin.log("socket") if line["fault"] == "socket_drop"], "the socket was cut"
    assert len(job["attempts"]) == 1
    assert twin.bills("dropped") == 1


def test_a_graph_needs_no_server_to_be_read_in_the_format_of_the_api(tmp_path: Path) -> None:
    (tmp_path / "maquette.toml").write_text('[media_creation.comfyui]\napi_url = "http://127.0.0.1:9"\n')
    fleet = Fleet(tmp_path)
    try:
        fleet.start()
        assert imported(fleet, "alone", api_document())["actions"] == ["media.comfyui.alone"]
        body = {"provider": "comfyui", "name": "drawn", "document": portrait().saved()}
        status, problem = fleet.ask("POST", ROUTE, body)
        assert status >= 400
        assert problem["hint"]
        assert "drawn" not in str(fleet.ask("GET", ROUTE)[1])
    finally:
        fleet.close()
