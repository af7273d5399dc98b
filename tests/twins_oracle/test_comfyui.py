"""The ComfyUI twin answers in the shapes that a real server was seen to answer in."""

from __future__ import annotations

import io
import json
import uuid
from pathlib import Path

import pytest
from aiohttp import ClientSession, FormData
from PIL import Image

from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin, running_twin
from tests.twins_oracle.client import LAST, SOLID, Comfy, connected, text_to_image

FILE = {"filename", "subfolder", "type"}
PENDING = {"id", "status", "priority", "create_time", "outputs_count", "previewable_outputs_count"}
ENDED = PENDING | {"execution_start_time", "execution_end_time", "outputs", "execution_status", "workflow"}
NODE_PROGRESS = {"value", "max", "state", "node_id", "prompt_id", "display_node_id", "parent_node_id", "real_node_id"}


async def test_a_graph_makes_an_image_that_carries_the_marker(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        job = await comfy.run(text_to_image("a red fox [[m:fox]]", count=2))
        files = job["outputs"]["9"]["images"]
        data = [await comfy.view(file) for file in files]
    assert [set(file) for file in files] == [FILE, FILE]
    assert [marker_in(each) for each in data] == ["fox", "fox"]
    assert data[0] != data[1]
    assert comfy_twin.bills("fox") == 1


async def test_events_come_in_the_order_and_shape_of_a_real_server(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        await comfy.hear("feature_flags")
        await comfy.run(text_to_image("order [[m:order]]", steps=2))
    kinds = [event["type"] for event in comfy.events]
    firsts = list(dict.fromkeys(kinds))
    assert firsts == [
        *("status", "feature_flags", "execution_start", "execution_cached", "progress_state", "executing"),
        *("progress", "executed", "execution_success"),
    ]
    data = {event["type"]: event["data"] for event in comfy.events}
    assert set(data["execution_start"]) == {"prompt_id", "timestamp"}
    assert set(data["execution_cached"]) == {"nodes", "prompt_id", "timestamp"}
    assert set(data["progress"]) == {"value", "max", "prompt_id", "node"}
    assert set(data["executed"]) == {"node", "display_node", "output", "prompt_id"}
    assert {frozenset(node) for node in data["progress_state"]["nodes"].values()} == {frozenset(NODE_PROGRESS)}
    assert set(comfy.events[0]["data"]) == {"status", "sid"}
    assert comfy.events[-1]["data"]["node"] is None


async def test_previews_name_their_job_only_where_that_was_agreed(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        await comfy.run(text_to_image("named", steps=1, seed=5))
        frame = comfy.frames[0]
        length = int.from_bytes(frame[4:8], "big")
        about = json.loads(frame[8 : 8 + length])
        assert frame[:4] == b"\0\0\0\4"
        assert about["image_type"] == "image/jpeg"
        assert about["node_id"] == "3"
        with Image.open(io.BytesIO(frame[8 + length :])) as found:
            assert found.format == "JPEG"
    async with connected(comfy_twin.url, metadata=False) as comfy:
        await comfy.run(text_to_image("bare", steps=1, seed=6))
        assert comfy.frames[0][:8] == b"\0\0\0\1\0\0\0\1"


async def test_a_finished_job_has_the_keys_of_a_real_one(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        name = str(uuid.uuid4())
        extra = {"extra_pnginfo": {"workflow": {"id": "wf-1"}}}
        kept = await comfy.run(text_to_image("keys"), prompt_id=name, extra_data=extra)
        job = await comfy.get(f"/api/jobs/{name}")
        listed = await comfy.get("/api/jobs?status=completed&limit=1")
    assert set(kept) == {"prompt", "outputs", "status", "meta"}
    assert kept["prompt"][1] == name
    assert kept["status"]["status_str"] == "success"
    assert set(job) == ENDED | {"preview_output", "workflow_id"}
    assert job["status"] == "completed"
    assert set(job["preview_output"]) == FILE | {"nodeId", "mediaType"}
    assert set(listed) == {"jobs", "pagination"}
    assert set(listed["pagination"]) == {"offset", "limit", "total", "has_more"}
    assert set(listed["jobs"][0]) == set(job) - {"outputs", "execution_status", "workflow"}


async def test_the_same_id_twice_is_run_and_billed_twice(comfy_twin: Twin) -> None:
    name = str(uuid.uuid4())
    async with connected(comfy_twin.url) as comfy:
        for seed in (11, 12):
            await comfy.run(text_to_image("twice", seed=seed), prompt_id=name)
    assert sum(line["id"] == name for line in comfy_twin.bill()) == 2


async def test_a_cached_graph_returns_the_old_file(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        first = await comfy.run(text_to_image("again", seed=77))
        comfy.events.clear()
        second = await comfy.run(text_to_image("again", seed=77))
    assert first["outputs"] == second["outputs"]
    cached = next(event for event in comfy.events if event["type"] == "execution_cached")
    assert set(cached["data"]["nodes"]) == set(text_to_image("again"))


async def test_a_running_job_is_interrupted_and_a_queued_one_vanishes(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        running = await comfy.submit(text_to_image("long", steps=5000, seed=21))
        queued = await comfy.submit(text_to_image("behind", seed=22))
        await comfy.hear("progress")
        queue = await comfy.get("/queue")
        assert [job[1] for job in queue["queue_running"]] == [running]
        assert [job[1] for job in queue["queue_pending"]] == [queued]
        assert set(await comfy.get(f"/api/jobs/{queued}")) == PENDING
        assert await comfy.get(f"/history/{running}") == {}
        assert await comfy.post(f"/api/jobs/{queued}/cancel") == (200, {"cancelled": True})
        async with comfy.session.get(f"/api/jobs/{queued}") as answer:
            assert (answer.status, await answer.json()) == (404, {"error": "Job not found"})
        assert (await comfy.post("/interrupt", {"prompt_id": queued}))[0] == 200
        assert await comfy.post(f"/api/jobs/{running}/cancel") == (200, {"cancelled": True})
        event = await comfy.hear(*LAST)
        assert event["type"] == "execution_interrupted"
        assert set(event["data"]) == {"prompt_id", "node_id", "node_type", "executed", "timestamp"}
        await comfy.hear("status")
        assert (await comfy.get(f"/api/jobs/{running}"))["status"] == "cancelled"
        assert await comfy.post(f"/api/jobs/{running}/cancel") == (200, {"cancelled": False})
        assert await comfy.post("/api/jobs/xyz/cancel") == (200, {"cancelled": False})


async def test_a_global_interrupt_is_noted_as_the_clients_fault(tmp_path: Path) -> None:
    async with running_twin("comfyui", tmp_path) as twin, connected(twin.url) as comfy:
        await comfy.submit(text_to_image("long", steps=5000))
        await comfy.hear("progress")
        await comfy.post("/interrupt", {"prompt_id": str(uuid.uuid4())})
        await comfy.post("/interrupt")
        assert (await comfy.hear(*LAST))["type"] == "execution_interrupted"
        assert [line["note"] for line in twin.log("side")] == [None, "global_interrupt"]


async def test_a_node_that_breaks_fails_its_job(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        form = FormData()
        form.add_field("image", b"no image at all", filename="broken.png")
        async with comfy.session.post("/upload/image", data=form) as answer:
            name = (await answer.json())["name"]
        graph = {
            "1": {"class_type": "LoadImage", "inputs": {"image": name}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "b"}},
        }
        prompt_id = str(uuid.uuid4())
        kept = await comfy.run(graph, prompt_id=prompt_id)
        job = await comfy.get(f"/api/jobs/{prompt_id}")
        escape = {**SOLID, "2": {**SOLID["2"], "inputs": {"images": ["1", 0], "filename_prefix": "../../x"}}}
        outside = await comfy.run(escape)
    assert kept["status"]["status_str"] == outside["status"]["status_str"] == "error"
    assert set(job) == ENDED | {"execution_error"}
    assert job["status"] == "failed"
    assert set(job["execution_error"]) == {
        *("prompt_id", "node_id", "node_type", "executed", "exception_message", "exception_type", "traceback"),
        *("current_inputs", "current_outputs", "timestamp"),
    }
    assert job["execution_error"]["exception_type"] == "PIL.UnidentifiedImageError"
    assert "outside the output folder" in outside["status"]["messages"][-1][1]["exception_message"]


@pytest.mark.parametrize("choice", [{"format": "mp4", "format.codec": "h264"}, {"format": "auto", "codec": "auto"}])
async def test_a_video_comes_under_images_and_carries_the_marker(comfy_twin: Twin, choice: dict[str, str]) -> None:
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 256, "height": 256, "batch_size": 4}},
        "2": {"class_type": "CreateVideo", "inputs": {"images": ["1", 0], "fps": 8}},
        "3": {
            "class_type": "SaveVideo",
            "inputs": {"video": ["2", 0], "filename_prefix": "video/v", **choice},
            "_meta": {"title": f"[[m:film-{len(choice['format'])}]]"},
        },
    }
    async with connected(comfy_twin.url) as comfy:
        output = (await comfy.run(graph))["outputs"]["3"]
        data = await comfy.view(output["images"][0])
    assert output["animated"] == [True]
    assert output["images"][0]["filename"].endswith(".mp4")
    assert marker_in(data) == f"film-{len(choice['format'])}"


async def test_sound_and_text_come_under_their_own_keys(comfy_twin: Twin) -> None:
    graph = {
        "1": {"class_type": "EmptyAudio", "inputs": {"duration": 1.0, "sample_rate": 44100, "channels": 1}},
        "2": {"class_type": "SaveAudioMP3", "inputs": {"audio": ["1", 0], "filename_prefix": "a", "quality": "128k"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}, "_meta": {"title": "[[m:sound]]"}},
    }
    async with connected(comfy_twin.url) as comfy:
        outputs = (await comfy.run(graph))["outputs"]
        data = await comfy.view(outputs["2"]["audio"][0])
        only_text = {name: node for name, node in graph.items() if name != "2"}
        name = (await comfy.run(only_text))["prompt"][1]
        preview = (await comfy.get(f"/api/jobs/{name}"))["preview_output"]
    assert set(preview) == {"content", "truncated", "nodeId", "mediaType"}
    assert marker_in(data) == "sound"
    assert marker_in(outputs["3"]["text"][0].encode()) == "sound"


async def uploaded(comfy: Comfy, route: str, data: bytes, name: str, **fields: str) -> dict[str, str]:
    form = FormData({**fields})
    form.add_field("image", data, filename=name, content_type="image/png")
    async with comfy.session.post(f"/upload/{route}", data=form) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def test_uploads_keep_rename_or_replace_and_masks_change_the_alpha(comfy_twin: Twin) -> None:
    one, two = painted(Picture(64, 64, "one")), painted(Picture(64, 64, "two"))
    clear = painted(Picture(64, 64, "", transparent=True))
    async with connected(comfy_twin.url) as comfy:
        named = [await uploaded(comfy, "image", data, "src.png") for data in (one, one, two)]
        assert [each["name"] for each in named] == ["src.png", "src.png", "src (1).png"]
        assert (await uploaded(comfy, "image", two, "src.png", overwrite="true"))["name"] == "src.png"
        assert (await uploaded(comfy, "image", one, "../../x.png"))["name"] == "..%2F..%2Fx.png"
        assert await uploaded(comfy, "image", one, "y.png", subfolder="studio/a") == {
            "name": "y.png",
            "subfolder": "studio/a",
            "type": "input",
        }
        original = json.dumps({"filename": "src.png", "subfolder": "", "type": "input"})
        mask = await uploaded(comfy, "mask", clear, "masked.png", original_ref=original)
        data = await comfy.view({"filename": mask["name"], "subfolder": "", "type": "input"})
        graph = text_to_image("from an upload [[m:upload]]")
        graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "studio/a/y.png [input]"}}
        graph["5"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["1", 0], "vae": ["4", 2]}}
        made = (await comfy.run(graph))["outputs"]["9"]["images"][0]
        assert marker_in(await comfy.view(made)) == "upload"
    with Image.open(io.BytesIO(data)) as found:
        assert found.getchannel("A").getextrema() == (0, 0)


async def test_files_are_viewed_previewed_and_kept_inside(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        file = (await comfy.run(text_to_image("view", seed=31)))["outputs"]["9"]["images"][0]
        with Image.open(io.BytesIO(await comfy.view(file, preview="webp;80"))) as found:
            assert found.format == "WEBP"
        for name, status in (("nope.png", 404), ("../x.png", 400), ("", 404)):
            async with comfy.session.get("/view", params={"filename": name}) as answer:
                assert answer.status == status


async def test_a_foreign_origin_is_turned_away(comfy_twin: Twin) -> None:
    foreign = {"Origin": "http://evil.example"}
    async with ClientSession() as session, session.get(f"{comfy_twin.url}/queue", headers=foreign) as answer:
        assert answer.status == 403


async def test_a_new_socket_of_a_client_hears_what_runs(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as first:
        name = await first.submit(text_to_image("reconnect", steps=5000, seed=41))
        await first.hear("progress")
        async with connected(comfy_twin.url, sid=first.sid) as second:
            event = await second.hear("executing")
            assert event["data"] == {"node": "3"}
            await second.post("/interrupt", {"prompt_id": name})
            assert (await second.hear(*LAST))["data"]["prompt_id"] == name


async def test_a_job_without_a_client_shows_only_its_progress_to_all(comfy_twin: Twin) -> None:
    async with connected(comfy_twin.url) as comfy:
        await comfy.post("/prompt", {"prompt": text_to_image("anonymous", seed=51)})
        done = False
        while not done:
            event = await comfy.hear("progress_state", *LAST, "executed")
            done = event["data"]["nodes"].get("9", {}).get("state") == "finished"
    assert {event["type"] for event in comfy.events} == {"status", "feature_flags", "progress_state"}


async def test_a_restart_forgets_jobs_and_drops_sockets_but_keeps_files(tmp_path: Path) -> None:
    async with running_twin("comfyui", tmp_path) as twin:
        async with connected(twin.url) as comfy:
            job = await comfy.run(text_to_image("before [[m:before]]"))
            name = job["prompt"][1]
            lost = await comfy.submit(text_to_image("lost", steps=5000))
            await comfy.hear("progress")
            await twin.restart()
            with pytest.raises(AssertionError, match="the socket closed"):
                await comfy.hear(*LAST)
        async with connected(twin.url) as comfy:
            assert await comfy.get(f"/history/{name}") == {}
            assert await comfy.get("/queue") == {"queue_running": [], "queue_pending": []}
            async with comfy.session.get(f"/api/jobs/{lost}") as answer:
                assert answer.status == 404
            assert marker_in(await comfy.view(job["outputs"]["9"]["images"][0])) == "before"
            assert (await comfy.run(text_to_image("after")))["status"]["completed"]


@pytest.mark.parametrize(("version", "jobs", "cancel"), [("old", 404, 404), ("middle", 200, 404), ("new", 200, 200)])
async def test_generations_differ_in_their_routes(tmp_path: Path, version: str, jobs: int, cancel: int) -> None:
    async with running_twin("comfyui", tmp_path, version=version) as twin, connected(twin.url) as comfy:
        async with comfy.session.get("/api/jobs") as answer:
            assert answer.status == jobs
        assert (await comfy.post(f"/api/jobs/{uuid.uuid4()}/cancel"))[0] == cancel
        status, _ = await comfy.post("/prompt", {"prompt": SOLID, "prompt_id": "not a uuid"})
        assert status == (400 if version == "new" else 200)
        name = await comfy.submit(text_to_image("stop", steps=5000))
        await comfy.hear("progress")
        await comfy.post("/interrupt", {"prompt_id": name})
        assert (await comfy.hear(*LAST))["type"] in {"execution_interrupted", "execution_success"}


async def test_more_workers_run_more_graphs_at_once(tmp_path: Path) -> None:
    async with running_twin("comfyui", tmp_path, workers=2) as twin, connected(twin.url) as comfy:
        for seed in range(3):
            await comfy.submit(text_to_image("many", steps=5000, seed=seed))
        heard: set[str] = set()
        while len(heard) < 2:
            heard.add((await comfy.hear("progress"))["data"]["prompt_id"])
        queue = await comfy.get("/queue")
        assert (len(queue["queue_running"]), len(queue["queue_pending"])) == (2, 1)
