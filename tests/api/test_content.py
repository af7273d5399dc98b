"""Articles over HTTP, and the writer document's own door."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx2
import pytest

from tests.api.running import Running
from tests.api.running import made as painted
from tests.services.articles import KITES, PAINTED

DOOR = "/v1/writer/images/generate_images/"


def handed_in(client: httpx2.Client, **values: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/contents", json={"body": KITES, "settings": PAINTED, **values})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.accepts("S4.15", "S4.27", "S4.28", "S4.29", "S4.30", "S4.43")
def test_the_door_makes_them_and_waits_where_that_is_asked_for(admin: httpx2.Client) -> None:
    made = handed_in(admin)
    (button,) = made["actions"]
    assert (button["key"], button["label"], button["icon"], button["variant"]) == (
        "generate_images", "Generate Images", "bolt", "primary",
    )  # fmt: skip
    assert button["enabled"]
    assert button["body"]["ids"] == [made["featured_image"]["id"], *(each["id"] for each in made["in_article_images"])]
    answer = admin.post(DOOR, json={"ids": button["body"]["ids"]}, headers={"Prefer": "wait"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told.pop("task_id").startswith("job_")
    assert told == {
        "success": True, "images_generated": 3, "images_failed": 0, "message": "Images generated successfully",
    }  # fmt: skip
    now = admin.get(f"/api/v1/contents/{made['id']}").json()
    assert now["message"] == "3 of 3 images generated"
    assert now["featured_image"]["status"] == "generated"
    assert now["featured_image"]["image_url"].startswith("/api/v1/assets/")
    (button,) = now["actions"]
    assert (button["enabled"], button["reason"]) == (False, "No pending images with prompts found")
    assert admin.get(now["featured_image"]["image_url"]).headers["content-type"] == "image/webp"


@pytest.mark.accepts("S4.27", "S4.43", "C19")
def test_without_waiting_the_door_names_the_task(admin: httpx2.Client) -> None:
    made = handed_in(admin, images=[{"kind": "featured", "prompt": "a kite", "legacy_id": 501}], legacy_id=77)
    told = admin.post(DOOR, json={"ids": [501]})
    assert told.status_code == 200
    assert (told.json()["success"], told.json()["message"]) == (True, "Image generation started")
    task = admin.get(f"/api/v1/jobs/{told.json()['task_id']}").json()
    assert task["subject"] == made["id"]
    assert task["source"]["function"] == "generate_images_from_prompts"
    module = admin.get("/api/v1/actions/article.images").json()
    assert (module["title"], module["summary"]) == (
        "Generate Images from Prompts", "Generate actual images from image prompts",
    )  # fmt: skip
    assert module["phases"]["DONE"] == "Images generated!"


@pytest.mark.accepts("S4.18", "S4.27", "S4.37")
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "No IDs provided"),
        ({"ids": []}, "No IDs provided"),
        ({"ids": ["img_none"]}, "No image and no article 'img_none'"),
        ({"ids": [123456]}, "No image and no article 123456"),
        ({"ids": [{}]}, "ids.0"),
    ],
)
def test_a_refusal_of_the_door_has_its_shape(admin: httpx2.Client, body: Any, says: str) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    answer = admin.post(DOOR, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "ValidationError"
    assert says in answer.json()["error"]


@pytest.mark.accepts("S4.27", "S4.37", "S4.21")
def test_where_none_is_made_the_door_says_the_cause(server: Running, admin: httpx2.Client) -> None:
    # A server that is no vendor of pictures: this one.
    there = {"base_url": f"{server.url}/v1", "api_key": "sk-wrong", "flavour": "openai"}
    account = admin.post("/api/v1/accounts", json={"provider": "openai", "name": "nobody", "settings": there}).json()
    settings = {"provider": "openai", "account": "nobody"}
    made = handed_in(admin, images=[{"kind": "featured", "prompt": "a kite"}], settings=settings)
    answer = admin.post(DOOR, json={"ids": [made["id"]]}, headers={"Prefer": "wait=30"})
    told = answer.json()
    assert (answer.status_code, told["type"]) == (500, "TaskExecutionError"), told
    assert told["error"].startswith("No image was made: ")
    image = admin.get(f"/api/v1/contents/{made['id']}").json()
    assert image["featured_image"]["status"] == "failed"
    assert image["featured_image"]["error"]["detail"] in told["error"]
    assert [action["label"] for action in image["actions"]] == ["Generate Images", "Retry 1 image that failed"]
    admin.delete(f"/api/v1/accounts/{account['id']}")


def test_what_makes_no_picture_is_refused_before_the_start(admin: httpx2.Client) -> None:
    made = handed_in(admin, settings={**PAINTED, "action": "media.writer.txt2txt"})
    answer = admin.post("/api/v1/contents/images", json={"ids": [made["id"]]})
    assert answer.status_code == 422
    assert "makes text, and no picture" in answer.json()["detail"]


def test_the_document_comes_back_and_its_zip_holds_every_file(admin: httpx2.Client) -> None:
    made = handed_in(admin)
    admin.post(DOOR, json={"ids": [made["id"]]}, headers={"Prefer": "wait=60"})
    answer = admin.get(f"/api/v1/contents/{made['id']}/document")
    assert answer.headers["x-images-placed"] == "3"
    assert "attachment" in answer.headers["content-disposition"]
    packed = zipfile.ZipFile(io.BytesIO(admin.get(f"/api/v1/contents/{made['id']}/archive").content))
    document, *files = packed.namelist()
    text = packed.read(document).decode()
    assert len(files) == 3
    assert all(f"(<{name}>)" in text for name in files)
    lines = [line for line in text.split("\n") if not line.startswith(("![", "*"))]
    assert [line for line in lines if line] == [line for line in KITES.split("\n") if line]


def test_a_viewer_looks_and_a_stranger_does_not(server: Running, admin: httpx2.Client, nobody: httpx2.Client) -> None:
    made = handed_in(admin)
    with server.caller("viewer") as viewer:
        assert viewer.get(f"/api/v1/contents/{made['id']}").status_code == 200
        assert viewer.post("/api/v1/contents", json={"body": KITES}).status_code == 403
        assert viewer.post(DOOR, json={"ids": [made["id"]]}).status_code == 403
    assert nobody.get("/api/v1/contents").status_code == 401


def test_html_with_a_script_is_sent_for_saving_and_never_runs(admin: httpx2.Client) -> None:
    text = "<h1>Hi</h1><p>One <script>steal()</script><p onclick=go()>Two<h2>Three</h2><p>Four</b></p><div><p>unclosed"
    made = handed_in(admin, body=text, format="html")
    admin.post(DOOR, json={"ids": [made["id"]]}, headers={"Prefer": "wait=60"})
    answer = admin.get(f"/api/v1/contents/{made['id']}/document")
    assert "attachment" in answer.headers["content-disposition"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.text.count("<figure>") == 1 + len(made["in_article_images"])
    assert "steal" not in json.dumps(made)


@pytest.mark.accepts("S4.42")
def test_html_names_smaller_sizes_and_the_pictures_of_other_screens(admin: httpx2.Client) -> None:
    own = {**PAINTED, "featured_size": "400x400", "desktop_enabled": True, "mobile_enabled": True}
    made = handed_in(admin, body="<h1>Kites</h1><p>Red ones fly.</p>", format="html", settings=own)
    admin.post(DOOR, json={"ids": [made["id"]]}, headers={"Prefer": "wait=60"})
    now = admin.get(f"/api/v1/contents/{made['id']}").json()
    text = admin.get(f"/api/v1/contents/{made['id']}/document").text
    featured = now["featured_image"]["image_url"]
    assert f"{featured.replace('/content', '/thumb/320')} 320w, " in text
    assert f"{featured} 400w" in text
    assert now["desktop_image"]["image_url"] in text
    assert now["mobile_image"]["image_url"] in text
    packed = zipfile.ZipFile(io.BytesIO(admin.get(f"/api/v1/contents/{made['id']}/archive").content))
    document, *files = packed.namelist()
    html = packed.read(document).decode()
    assert len(files) >= 4
    assert all(name in html for name in files)


def test_what_is_no_article_is_refused_by_name(admin: httpx2.Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "no document")
    sent = admin.post("/api/v1/assets", files={"file": ("letter.docx", packed.getvalue())})
    assert sent.status_code == 415
    assert "letter.docx" in sent.json()["detail"]
    picture = painted(admin)["assets"][0]["id"]
    answer = admin.post("/api/v1/contents", json={"asset": picture})
    assert (answer.status_code, answer.json()["code"]) == (422, "article_unfit")
    assert "image/png" in answer.json()["detail"]
    assert admin.post("/api/v1/contents", json={}).status_code == 422
    assert admin.post("/api/v1/contents", json={"body": KITES, "settings": {"image_type": "oil"}}).status_code == 422
