"""What every provider does in the running product: it answers, makes what it promises, stops, and goes on."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from maquette.cli.decode import decode
from tests.conformance.found import HOSTED, RUNNING
from tests.conformance.product import KEY, Json, Product

STEPS = ["job.queued", "job.started", "attempt.started", "asset.created", "attempt.succeeded", "job.succeeded"]
each_provider = pytest.mark.parametrize("name", RUNNING)


def actions(product: Product, name: str) -> list[str]:
    found: list[str] = product.get(f"/api/v1/providers/{name}")["actions"]
    return found


def in_order(wanted: list[str], found: list[str]) -> bool:
    rest = iter(found)
    return all(kind in rest for kind in wanted)


def same(one: bytes, other: bytes, media: str) -> bool:
    """Compare what is seen or read, since each file carries the record of its own job."""
    if media != "image":
        return one == other
    return (
        Image.open(io.BytesIO(one)).convert("RGBA").tobytes() == Image.open(io.BytesIO(other)).convert("RGBA").tobytes()
    )


@contextmanager
def slowly(product: Product, name: str, **conditions: Any) -> Iterator[None]:
    """Let a twin be slow while the block lasts."""
    before = product.twins[name].state()["faults"]
    product.twins[name].set_faults(**conditions)
    try:
        yield
    finally:
        product.twins[name].set_faults(**{word: before[word] for word in conditions})


@each_provider
@pytest.mark.accepts("S2.6", "S2.7")
def test_a_provider_answers_what_it_is_whether_it_works_and_how_it_does(product: Product, name: str) -> None:
    shown = product.get(f"/api/v1/providers/{name}")
    media = {product.action(action)["produces"] for action in shown["actions"]}
    assert (shown["id"], shown["name"], set(shown["media"])) == (name, name, media)
    can = shown["capabilities"]
    assert (can["supportsImage"], can["supportsVideo"]) == ("image" in media, "video" in media)
    assert (can["supportsAudio"], can["asyncOnly"]) == (
        "audio" in media,
        bool({"cancel", "find"} & set(shown["hooks"])),
    )
    assert set(can["maxResolution"]) == {"w", "h"}
    verdict = product.post(f"/api/v1/providers/{name}/check")
    assert (verdict["success"], verdict["error"]) == (True, None)
    assert verdict["latency_ms"] >= 0
    assert product.get(f"/api/v1/providers/{name}/status")["status"] == "ready"


@each_provider
@pytest.mark.accepts("S2.7")
def test_a_provider_makes_something_at_its_own_address_and_a_job_that_has_ended_stays_as_it_is(
    product: Product, name: str
) -> None:
    action = actions(product, name)[0]
    asked = {"operation": action, "params": product.example(action, uuid.uuid4().hex)}
    job = product.post(f"/api/v1/providers/{name}/generate", asked, Prefer="wait=60")
    assert (job["action"], job["state"]) == (action, "succeeded"), job["error"]
    assert product.post(f"/api/v1/providers/{name}/jobs/{job['id']}/cancel")["state"] == "succeeded"


@pytest.mark.parametrize("name", ["automatic1111", "comfyui", "swarmui"])
@pytest.mark.accepts("S1.8")
def test_what_a_server_has_installed_is_offered_in_the_form(product: Product, name: str) -> None:
    fields = product.action(f"media.{name}.txt2img")["schema"]["properties"]
    offered = {word: spec["x-options"]["href"] for word, spec in fields.items() if "x-options" in spec}
    assert {"model", "sampler", "scheduler"} <= set(offered)
    for word in ("model", "sampler", "scheduler"):
        rows = product.get(offered[word])["items"]
        assert rows, word
        assert all(row["id"] for row in rows)
    assert product.get(f"/api/v1/actions/media.{name}.txt2img/choices/prompt")["items"] == []


@each_provider
@pytest.mark.accepts("S3.27")
def test_every_output_is_taken_in_decodes_and_gets_its_pictures(product: Product, name: str, tmp_path: Path) -> None:
    for action in actions(product, name):
        marker = uuid.uuid4().hex
        given = product.example(action, marker)
        before = len(product.twins[name].bill()) if name in product.twins else 0
        job = product.run(action, **given)
        assert job["state"] == "succeeded", (action, job["error"])
        produces = product.action(action)["produces"]
        assert {asset["media"] for asset in job["assets"]} == {produces}
        for asset in job["assets"]:
            (tmp_path / asset["name"]).write_bytes(product.content(asset))
            assert decode(asset["media"], tmp_path / asset["name"])
            assert asset["source"] in ("model", "algorithm", "typeset", "unknown")
            product.until(lambda asset=asset: product.get(f"/api/v1/assets/{asset['id']}")["urls"]["small"])
        assert in_order(STEPS, [kind for kind, _ in product.log(job["id"])]), action
        assert {attempt["state"] for attempt in job["attempts"]} == {"succeeded"}
        if name in product.twins:
            billed = product.twins[name].bill()[before:]
            assert len(billed) == 1, action
            assert billed[0]["marker"] == marker or "prompt" not in given


@each_provider
def test_what_offers_a_seed_makes_the_same_again(product: Product, name: str) -> None:
    for action in actions(product, name):
        if "seed" not in product.action(action)["schema"]["properties"]:
            continue
        given = product.example(action, "seeded")
        made = [product.run(action, **given | {"seed": seed})["assets"][0] for seed in (11, 11, 4_012)]
        assert [asset["seed"] for asset in made] == [11, 11, 4_012]
        if made[0]["media"] in ("image", "text"):
            first, again, _ = (product.content(asset) for asset in made)
            assert same(first, again, made[0]["media"]), action


def test_a_seed_that_was_not_given_is_kept_with_what_it_made(product: Product) -> None:
    drawn = product.run("media.postcard.emboss", prompt="a card")["assets"][0]
    assert drawn["seed"] >= 0
    again = product.run("media.postcard.emboss", prompt="a card", seed=drawn["seed"])["assets"][0]
    assert same(product.content(drawn), product.content(again), "image")


@pytest.mark.parametrize(
    ("action", "more", "told"),
    [("media.comfyui.txt2img", {"steps": 60}, "cancel"), ("media.runway.txt2vid", {}, "/v1/tasks/")],
)
def test_a_cancel_reaches_a_provider_that_can_stop(product: Product, action: str, more: Json, told: str) -> None:
    name = action.split(".")[1]
    with slowly(product, name, step_delay=2.0):
        body = {"action": action, "params": product.example(action, "stop") | more}
        job = product.post("/api/v1/jobs", body)["id"]
        product.reached(job, lambda found: "accepted" in [a["state"] for a in found["attempts"]])
        product.post(f"/api/v1/jobs/{job}/cancel")
        ended = product.final(job)
    assert (ended["state"], ended["attempts"][-1]["state"]) == ("cancelled", "cancelled")
    assert "the provider stopped" in ended["error"]["detail"]
    stopped = [line for line in product.twins[name].log("side") if told in line["path"]]
    assert stopped, "the server was told"


def test_a_provider_that_cannot_stop_is_left_and_what_it_makes_is_kept(product: Product) -> None:
    with slowly(product, "midjourney", step_delay=1.0):
        body = {"action": "media.midjourney.txt2img", "params": {"prompt": "a long farewell"}}
        job = product.post("/api/v1/jobs", body)["id"]
        product.reached(job, lambda found: "accepted" in [a["state"] for a in found["attempts"]])
        product.post(f"/api/v1/jobs/{job}/cancel")
        ended = product.final(job)
    assert (ended["state"], ended["attempts"][-1]["state"]) == ("cancelled", "accepted")
    assert "does not stop, and may bill it" in ended["error"]["detail"]


@pytest.mark.parametrize("name", sorted(HOSTED))
@pytest.mark.parametrize(
    ("share", "kinds"),
    [
        (1.0, ["poll_404"]),  # once for each task
        (0.5, ["poll_500", "poll_flap", "poll_malformed", "download_500", "download_reset"]),
    ],
)
def test_faults_of_polls_and_downloads_pass(product: Product, name: str, share: float, kinds: list[str]) -> None:
    marker = uuid.uuid4().hex
    given = product.example(f"media.{name}.txt2img", marker)
    with slowly(product, name, elsewhere=share, kinds=kinds):
        job = product.run(f"media.{name}.txt2img", **given)
    assert job["state"] == "succeeded", job["error"]
    assert [line["marker"] for line in product.twins[name].bill()].count(marker) == 1


@pytest.mark.accepts("R1")
def test_an_answer_that_was_lost_leaves_no_doubt_where_the_provider_can_be_asked(product: Product) -> None:
    marker = uuid.uuid4().hex
    given = product.example("media.runware.txt2img", marker)
    with slowly(product, "runware", rate=1.0, elsewhere=0.0, kinds=["reset_billed"]):
        job = product.run("media.runware.txt2img", **given)
    assert (job["state"], len(job["attempts"]), len(job["assets"])) == ("succeeded", 1, 1)
    assert [line["marker"] for line in product.twins["runware"].bill()].count(marker) == 1
    assert job["attempts"][0]["cost"] == 3_800


@pytest.mark.accepts("R1")
def test_an_answer_that_was_lost_waits_for_a_person_where_nobody_can_be_asked(product: Product) -> None:
    marker = uuid.uuid4().hex
    with slowly(product, "midjourney", rate=1.0, elsewhere=0.0, kinds=["reset_billed"]):
        given = {"prompt": f"a fox [[m:{marker}]]"}
        job = product.post("/api/v1/jobs", {"action": "media.midjourney.txt2img", "params": given})["id"]
        found = product.reached(job, lambda found: found["waiting_for"] == "attention")
    assert [attempt["state"] for attempt in found["attempts"]] == ["unknown"]
    assert [line["marker"] for line in product.twins["midjourney"].bill()].count(marker) == 1


def test_a_refusal_inside_a_success_is_a_refusal_and_costs_nothing(product: Product) -> None:
    with slowly(product, "midjourney", rate=1.0, elsewhere=0.0, kinds=["payment_402"]):
        job = product.run("media.midjourney.txt2img", prompt="a fox")
    assert (job["state"], job["error"]["code"]) == ("failed", "quota_exhausted")
    assert [attempt["state"] for attempt in job["attempts"]] == ["refused"]


def test_a_cancel_that_no_provider_can_follow_says_that_it_may_be_billed(product: Product) -> None:
    with slowly(product, "openai", latency=2.0):
        body = {"action": "media.openai.speech", "params": {"prompt": "a long farewell [[m:late]]"}}
        job = product.post("/api/v1/jobs", body)["id"]
        product.reached(job, lambda found: "sending" in [a["state"] for a in found["attempts"]])
        product.post(f"/api/v1/jobs/{job}/cancel")
        ended = product.final(job)
        assert ended["state"] == "cancelled"
        assert "may still be billed" in ended["error"]["detail"]
        late = product.reached(job, lambda found: bool(found["assets"]))
    assert late["state"] == "cancelled"
    assert late["attempts"][-1]["late"]


def test_a_cancel_of_work_on_this_machine_leaves_nothing_behind(product: Product) -> None:
    body = {"action": "media.narrator.speech", "params": {"prompt": "Nobody will hear this."}}
    job = product.post("/api/v1/jobs", body)["id"]
    product.post(f"/api/v1/jobs/{job}/cancel")
    ended = product.final(job)
    assert (ended["state"], ended["assets"]) == ("cancelled", [])


@pytest.mark.accepts("R1")
def test_a_server_killed_between_submit_and_result_collects_it_and_submits_no_second_time(product: Product) -> None:
    marker = uuid.uuid4().hex
    with slowly(product, "comfyui", step_delay=0.2):
        given = product.example("media.comfyui.txt2img", marker) | {"steps": 15}
        job = product.post("/api/v1/jobs", {"action": "media.comfyui.txt2img", "params": given})["id"]
        product.reached(job, lambda found: "accepted" in [a["state"] for a in found["attempts"]])
        product.fleet.kill(product.fleet.server)
        product.fleet.start()
        ended = product.final(job)
    assert (ended["state"], len(ended["assets"]), len(ended["attempts"])) == ("succeeded", 1, 1)
    assert [line["marker"] for line in product.twins["comfyui"].bill()].count(marker) == 1


@pytest.mark.accepts("S0.69")
def test_the_answer_of_a_provider_is_kept_without_secrets_and_bytes(product: Product) -> None:
    job = product.run("media.openai.txt2img", **product.example("media.openai.txt2img", "kept"))
    (kept,) = product.row("SELECT response FROM attempts WHERE job = ?", job["id"])
    answer: Json = json.loads(kept)["answer"]
    assert {"created", "data", "usage", "size"} <= answer.keys()
    (picture,) = answer["data"]
    assert len(picture["b64_json"]) < 200
    assert "characters)" in picture["b64_json"]
    assert KEY not in kept
