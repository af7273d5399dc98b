"""Templates over HTTP: listed, filled in, changed and reset, handed on, and used by jobs."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from maquette.client import Client
from tests.api.running import Running

MINE: dict[str, Any] = {
    "name": "tea",
    "title": "Tea",
    "category": "Own",
    "base_prompt": "A cup of {{ kind }} tea {{ place }}",
    "values": {"kind": "green", "place": "by a window"},
    "context_mappings": {"place": "setting"},
}
SMALL = {"width": 64, "height": 64}


def test_a_template_is_written_filled_in_changed_and_deleted(admin: httpx2.Client) -> None:
    made = admin.post("/api/v1/templates", json=MINE)
    assert made.status_code == 201, made.text
    assert (made.json()["example"], made.json()["origin"]) == ("A cup of green tea by a window", "user")
    assert made.json()["fields"]["properties"]["kind"]["x-widget"] == "text"
    ask = {"values": {"kind": "black"}, "context": {"setting": "at sea"}}
    assert admin.post("/api/v1/templates/tea/render", json=ask).json()["prompt"] == "A cup of black tea at sea"
    refused = admin.post("/api/v1/templates/tea/render", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "template_invalid")
    assert [fault["path"] for fault in refused.json()["errors"]] == ["values.kind", "values.place"]
    changed = admin.put("/api/v1/templates/tea", json=MINE | {"title": "Tea time"}).json()
    assert (changed["version"], changed["title"]) == (2, "Tea time")
    bad = admin.post("/api/v1/templates/preview", json={"template": MINE | {"base_prompt": "{{ 7*7 }}"}}).json()
    assert bad["faults"][0]["path"] == "base_prompt"
    lacks = admin.post("/api/v1/templates/preview", json={"template": MINE | {"values": {}}}).json()
    assert (lacks["missing"], lacks["prompt"]) == (["kind", "place"], "A cup of [kind] tea [place]")
    assert admin.delete("/api/v1/templates/tea").status_code == 204
    assert admin.get("/api/v1/templates/tea").status_code == 404


@pytest.mark.accepts("S1.11", "S1.13")
def test_jobs_are_made_from_a_template_by_http_and_sdk_and_without_one(server: Running, admin: httpx2.Client) -> None:
    use = {"name": "portrait-headshot", "values": {"character_name": "Ida", "appearance": "old"}}
    ask = {"action": "media.painter.txt2img", "params": SMALL, "template": use}
    priced = admin.post("/api/v1/estimate", json=ask)
    assert priced.status_code == 200, priced.text
    job = admin.post("/api/v1/jobs", json=ask, headers={"Prefer": "wait=30"}).json()
    assert job["state"] == "succeeded", job
    assert "portrait of Ida" in job["params"]["prompt"]
    assert job["source"]["template"]["name"] == "portrait-headshot"
    recipe = admin.get(f"/api/v1/assets/{job['assets'][0]['id']}/recipe").json()
    assert "portrait of Ida" in recipe["parameters"]
    lacks = admin.post("/api/v1/jobs", json=ask | {"template": {"name": "portrait-headshot"}})
    assert (lacks.status_code, lacks.json()["missing"]) == (422, ["character_name", "appearance"])
    with Client(server.url, server.key("admin")) as client:
        made = client.generate_from_template(
            "landscape-nature", {"place": "a fjord"}, action="media.painter.txt2img", params=SMALL
        )
        assert "a fjord" in made.params["prompt"]
        assert client.generate("media.painter.txt2img", prompt="a red disc", **SMALL).state == "succeeded"
        assert client.render_template("landscape-nature", {"place": "x"}, style="oil-painting").style == "oil-painting"


@pytest.mark.accepts("S1.66")
def test_a_pack_is_exported_and_taken_over_whole_or_not_at_all(admin: httpx2.Client) -> None:
    admin.post(
        "/api/v1/templates",
        json=MINE | {"base_prompt": "__leaf__ tea", "dynamic": True, "values": {}, "context_mappings": {}},
    )
    assert admin.put("/api/v1/wildcards/leaf", json={"lines": ["oolong", "assam"]}).status_code == 200
    pack = admin.get("/api/v1/templates/pack").json()
    assert ([t["name"] for t in pack["templates"]], pack["lists"][0]["lines"]) == (["tea"], ["oolong", "assam"])
    assert admin.delete("/api/v1/templates/tea").status_code == 204
    assert admin.delete("/api/v1/wildcards/leaf").status_code == 204
    bad = pack | {"templates": [*pack["templates"], MINE | {"name": "bad", "base_prompt": "{{ x.y }}"}]}
    refused = admin.post("/api/v1/templates/pack", json={"pack": bad})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "templates.1.base_prompt")
    assert admin.get("/api/v1/templates/tea").status_code == 404
    taken = admin.post("/api/v1/templates/pack", json={"pack": pack}).json()
    assert taken == {"created": ["tea", "leaf"], "updated": [], "unchanged": []}
    again = admin.post("/api/v1/templates/pack", json={"pack": pack}).json()
    assert again["unchanged"] == ["tea", "leaf"]
    assert admin.post("/api/v1/templates/tea/render", json={}).json()["prompt"] in ("oolong tea", "assam tea")
    inner = admin.post("/api/v1/templates/pack", json={"url": "http://127.0.0.1:1/pack.json"})
    assert (inner.status_code, inner.json()["code"]) == (422, "url_refused")
    for document in ("!!python/object/apply:os.system ['id']", "a: &a [*a]", "[]", '{"format": "other"}'):
        assert admin.post("/api/v1/templates/pack", json={"pack": document}).status_code == 422
    admin.delete("/api/v1/templates/tea")
    admin.delete("/api/v1/wildcards/leaf")


@pytest.mark.accepts("S4.44")
def test_a_shipped_template_is_changed_for_the_workspace_and_reset(admin: httpx2.Client) -> None:
    shipped = admin.get("/api/v1/templates/article-image").json()
    words = set(admin.get("/api/v1/forms/template").json()["properties"])
    document = {name: value for name, value in shipped.items() if name in words}
    changed = admin.put("/api/v1/templates/article-image", json=document | {"negative_prompt": "fog"}).json()
    assert (changed["resets"], changed["negative_prompt"]) == (True, "fog")
    values = {"post_title": "Rain", "image_prompt": "a roof"}
    ask = {"action": "media.painter.txt2img", "params": SMALL, "template": {"name": "article-image", "values": values}}
    job = admin.post("/api/v1/jobs", json=ask, headers={"Prefer": "wait=30"}).json()
    assert job["state"] == "succeeded"
    assert job["params"]["negative_prompt"] == "fog"
    back = admin.post("/api/v1/templates/article-image/reset").json()
    assert (back["origin"], back["negative_prompt"]) == ("shipped", shipped["negative_prompt"])


def test_a_varied_prompt_is_written_out_and_too_many_are_refused(admin: httpx2.Client) -> None:
    made = admin.post("/api/v1/templates/vary", json={"prompt": "a {red|blue} __animal__"}).json()
    assert (made["combinations"], len(made["prompts"]), made["prompts"][0]) == (20, 20, "a red fox")
    drawn = admin.post("/api/v1/templates/vary", json={"prompt": "{1-1000}", "n": 3, "seed": 4}).json()
    assert (len(drawn["prompts"]), drawn["combinations"]) == (3, 201)
    refused = admin.post("/api/v1/templates/vary", json={"prompt": "{1-1000}"})
    assert (refused.status_code, refused.json()["code"]) == (422, "template_invalid")
