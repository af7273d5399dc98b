"""Assets over HTTP: ranges and conditions, uploads that lie, addresses that lead inside, names that mislead."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx2
import pytest

from maquette.services.asset import file_name
from tests.api.running import ACTION, events, made, png

UPLOAD = "/api/v1/assets"


def upload(client: httpx2.Client, content: bytes, name: str = "a.png", mime: str = "image/png") -> httpx2.Response:
    return client.post(UPLOAD, files={"file": (name, content, mime)})


def uploaded(client: httpx2.Client, content: bytes, name: str = "a.png", mime: str = "image/png") -> dict[str, Any]:
    answer = upload(client, content, name, mime)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def docx() -> bytes:
    from docx import Document

    target = io.BytesIO()
    document = Document()
    document.add_paragraph("A page.")
    document.save(target)
    return target.getvalue()


@pytest.mark.accepts("S3.32")
def test_an_asset_is_served_whole_in_part_and_on_condition(admin: httpx2.Client) -> None:
    asset = made(admin)["assets"][0]
    path = asset["urls"]["content"]
    whole = admin.get(path)
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["etag"] == f'"{asset["digest"]}"'
    assert (len(whole.content), int(whole.headers["content-length"])) == (asset["size"], asset["size"])
    head = admin.head(path)
    assert (head.content, head.headers["content-length"]) == (b"", str(asset["size"]))
    assert head.headers["etag"] == whole.headers["etag"]
    same = admin.get(path, headers={"If-None-Match": f'"other", W/{whole.headers["etag"]}'})
    assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=-5", -5, None),
        ("bytes=100-", 100, None),
        ("bytes=5-999999", 5, None),
    ],
)
def test_a_range_is_exactly_the_bytes_asked_for(admin: httpx2.Client, asked: str, start: int, end: int | None) -> None:
    asset = uploaded(admin, png(64, 64))
    whole = admin.get(asset["urls"]["content"]).content
    part = admin.get(asset["urls"]["content"], headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole[start:end]
    first = start if start >= 0 else len(whole) + start
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"


def test_a_range_outside_is_refused_and_a_strange_one_is_ignored(admin: httpx2.Client) -> None:
    asset = uploaded(admin, png())
    path, size = asset["urls"]["content"], asset["size"]
    outside = admin.get(path, headers={"Range": f"bytes={size}-"})
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{size}")
    for strange in ("bytes=5-2", "lines=1-2", "bytes=", "bytes=0-1,4-5", "bytes=" + "0-," * 5000, "bytes=a-b"):
        assert admin.get(path, headers={"Range": strange}).status_code == 200


def test_a_range_of_changed_bytes_is_not_mixed_with_the_old_ones(admin: httpx2.Client) -> None:
    asset = uploaded(admin, png())
    path = asset["urls"]["content"]
    date = admin.get(path).headers["last-modified"]
    for condition, status in ((f'"{asset["digest"]}"', 206), ('"other"', 200), (date, 206), ("yesterday", 200)):
        assert admin.get(path, headers={"Range": "bytes=0-3", "If-Range": condition}).status_code == status


def test_a_small_picture_follows_and_its_address_never_changes(admin: httpx2.Client) -> None:
    as_of = admin.get(UPLOAD).json()["as_of"]
    asset = uploaded(admin, png(40, 30, (1, 2, 3)))
    if asset["urls"]["small"] is None:
        with admin.stream("GET", f"/api/v1/events?after={as_of}") as stream:
            for _, kind, data in events(stream.iter_lines()):
                if kind == "asset.ready" and asset["id"] in str(data):
                    break
    ready = admin.get(f"{UPLOAD}/{asset['id']}").json()
    assert ready["thumbhash"]
    small = admin.get(ready["urls"]["small"])
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    again = admin.get(ready["urls"]["small"], headers={"If-None-Match": small.headers["etag"]})
    assert again.status_code == 304


LIES = {
    "empty": (b"", "a.png", "image/png"),
    "text as a picture": (b"not a picture at all, only words", "a.png", "image/png"),
    "markup as a picture": (b"<html><script>alert(1)</script></html>", "a.png", "image/png"),
    "a picture as a video": (png(), "a.mp4", "video/mp4"),
    "half a picture": (png(64, 64)[:60], "a.png", "image/png"),
    "an archive": (b"PK\x03\x04" + b"\x00" * 200, "a.docx", "application/vnd.openxmlformats"),
    "a program": (b"\x7fELF" + b"\x00" * 200, "a.bin", "application/octet-stream"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_upload_that_is_not_what_it_claims_is_refused(admin: httpx2.Client, lie: str) -> None:
    before = newest(admin)
    answer = upload(admin, *LIES[lie])
    assert (answer.status_code, answer.json()["code"]) == (415, "upload_rejected")
    assert newest(admin) == before


def newest(admin: httpx2.Client) -> list[str]:
    """Return the id of the newest asset; its small pictures may come at any time."""
    return [item["id"] for item in admin.get(UPLOAD).json()["items"][:1]]


def test_a_bomb_in_an_archive_is_refused(admin: httpx2.Client) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"\0" * 400_000_000)
    assert upload(admin, target.getvalue(), "a.docx", "").status_code == 415


def test_an_upload_over_the_limit_is_refused(admin: httpx2.Client) -> None:
    answer = upload(admin, b"\x89PNG\r\n\x1a\n" + b"\0" * 1_200_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_body_without_a_file_is_refused(admin: httpx2.Client) -> None:
    for parts in ({"name": (None, "x")}, {"file": (None, "only text")}, {f"f{i}": (f"{i}", b"x") for i in range(50)}):
        assert admin.post(UPLOAD, files=parts).status_code in {400, 422}
    for content in (b"", b"--x\r\n", b"--x--\r\n", b"\0\1\2"):
        answer = admin.post(UPLOAD, content=content, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status_code in {400, 422}


def test_a_path_in_a_json_body_reads_no_file(admin: httpx2.Client) -> None:
    for body in (
        {"path": "/etc/passwd"},
        {"file": "/etc/passwd"},
        {"url": "file:///etc/passwd"},
        {"url": "/etc/passwd"},
    ):
        assert admin.post(UPLOAD, json=body).status_code == 422


INSIDE = [
    "http://127.0.0.1/", "http://localhost/", "http://LOCALHOST./", "http://0/", "http://0.0.0.0/", "http://127.1/",
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/",
    "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fd00::1]/", "http://10.0.0.1/", "http://172.16.0.1/",
    "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/",
    "http://100.64.0.1/", "http://192.0.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
    "http://metadata.google.internal/", "http://printer.local/", "http://a.localhost/", "http://user:pass@example.com/",
    "http://127.0.0.1\\@example.com/", "http://example.com\\@127.0.0.1/", "http://127.0.0.1#@example.com/",
    "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "data:image/png;base64,AAAA", "//example.com/",
    "javascript:alert(1)", "http://", "http:///etc", "http://[::1", "http://example.com:99999/", "HTTP://127.0.0.1/",
    " http://127.0.0.1/", "http://127。0。0。1/",
]  # fmt: skip


@pytest.mark.accepts("S2.28")
@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_not_fetched(admin: httpx2.Client, url: str) -> None:
    answer = admin.post(UPLOAD, json={"url": url})
    assert answer.status_code in {422, 503}, answer.text
    if answer.status_code == 503:
        assert "public internet" in answer.json()["detail"] or "cannot be fetched" in answer.json()["detail"]


def test_what_could_run_in_a_browser_is_only_offered_for_saving(admin: httpx2.Client) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>alert(1)</script></svg>'
    html = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
    for content, name, mime in ((svg, "a.svg", "image/svg+xml"), (html, "a.html", "text/html"), (docx(), "a.docx", "")):
        answer = upload(admin, content, name, mime)
        if answer.status_code == 415:
            continue
        headers = admin.get(answer.json()["urls"]["content"]).headers
        assert headers["content-disposition"].startswith("attachment"), name
        assert headers["content-security-policy"].startswith("sandbox")
        assert headers["x-content-type-options"] == "nosniff"


def test_a_picture_is_shown_in_place_and_saved_on_request(admin: httpx2.Client) -> None:
    asset = uploaded(admin, png(), 'naïve "name".png')
    path = asset["urls"]["content"]
    assert admin.get(path).headers["content-disposition"].startswith("inline; filename*=UTF-8''na%C3%AFve")
    assert admin.get(path, params={"download": "true"}).headers["content-disposition"].startswith("attachment")


NAMES = [
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\a.png", "\\\\host\\share\\a.png", "a\0.png",
    "a\r\nSet-Cookie: x.png", "....//a.png", ".", "..", "", "a" * 5000 + ".png", "%2e%2e%2fa.png",
    "\u202egnp.exe", "a/", "con<>.png",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_only_ever_a_label(name: str) -> None:
    made_of_it = file_name(name)
    assert not {"/", "\\", "\0", "\r", "\n", '"'} & set(made_of_it)
    assert made_of_it not in {".", ".."}
    assert len(made_of_it) <= 200
    assert made_of_it.isprintable()


@pytest.mark.parametrize(
    "asset", ["../../maquette.db", "%2e%2e%2fmaster.key", "asset_", "..%2f..%2fserver.json", "a" * 300]
)
def test_an_id_is_never_a_path(admin: httpx2.Client, asset: str) -> None:
    for tail in ("", "/content", "/thumb/320", "/lineage"):
        assert admin.get(f"{UPLOAD}/{asset}{tail}").status_code in {404, 422}
    assert admin.delete(f"{UPLOAD}/{asset}").status_code in {404, 405, 422}
    assert admin.get(f"{UPLOAD}/asset_{'0' * 32}/thumb/..%2f..").status_code in {404, 422}


def test_a_deleted_asset_is_gone_but_its_twin_stays(admin: httpx2.Client) -> None:
    picture = png(9, 9, (9, 9, 9))
    one, two = uploaded(admin, picture), uploaded(admin, picture)
    assert one["digest"] == two["digest"]
    assert admin.delete(f"{UPLOAD}/{one['id']}").status_code == 204
    assert admin.get(one["urls"]["content"]).status_code == 404
    assert admin.get(two["urls"]["content"]).content == picture
    assert admin.delete(f"{UPLOAD}/{two['id']}").status_code == 204
    assert admin.get(two["urls"]["content"]).status_code == 404


def test_an_asset_knows_what_it_was_made_from(admin: httpx2.Client) -> None:
    source = uploaded(admin, png(64, 64))
    body = {"action": "media.painter.img2img", "params": {"prompt": "dusk", "image": source["id"]}}
    job = admin.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"}).json()
    assert job["state"] == "succeeded", job["error"]
    found = admin.get(f"{UPLOAD}/{job['assets'][0]['id']}/lineage").json()["items"]
    assert [asset["id"] for asset in found] == [source["id"]]


def test_lists_are_filtered_and_paged(admin: httpx2.Client) -> None:
    asset = uploaded(admin, png(11, 11))
    page = admin.get(f"{UPLOAD}?digest={asset['digest']}&limit=1").json()
    assert page["items"][0]["id"] == asset["id"]
    assert page["as_of"] > 0
    assert admin.get(f"{UPLOAD}?media=video&job={asset['id']}").json()["items"] == []


def test_a_deleted_asset_comes_back_until_it_is_gone(admin: httpx2.Client) -> None:
    asset = uploaded(admin, png(9, 9, (9, 8, 7)), "to-delete.png")
    path = f"{UPLOAD}/{asset['id']}"
    as_of = admin.get(UPLOAD).json()["as_of"]
    assert admin.delete(path).status_code == 204
    for gone in (path, asset["urls"]["content"], f"{path}/follow-ups", f"{path}/children"):
        assert admin.get(gone).status_code == 404
    assert admin.delete(path).status_code == 404
    assert asset["id"] not in newest(admin)
    assert admin.post(f"{path}/restore").json()["id"] == asset["id"]
    assert admin.post(f"{path}/restore").status_code == 200
    assert admin.get(asset["urls"]["content"]).content == png(9, 9, (9, 8, 7))
    kinds = []
    with admin.stream("GET", f"/api/v1/events?after={as_of}") as stream:
        for _, kind, data in events(stream.iter_lines()):
            if asset["id"] in str(data):
                kinds.append(kind)
            if kind == "asset.restored":
                break
    assert [kind for kind in kinds if kind != "asset.ready"] == ["asset.deleted", "asset.restored"]


def test_the_gallery_is_counted_filtered_and_paged_as_a_snapshot(admin: httpx2.Client) -> None:
    word = "kumquat"
    assets = [made(admin, prompt=f"a {word} number {number}")["assets"][0] for number in range(3)]
    ids = [asset["id"] for asset in assets][::-1]
    counted = admin.get(f"{UPLOAD}/count", params={"q": word}).json()
    assert counted == {"count": 3, "newest": ids[0]}
    query = {"q": word, "before": counted["newest"], "limit": 2}
    made(admin, prompt=f"a {word} that came later")
    pages = [admin.get(UPLOAD, params=query | {"offset": offset}).json()["items"] for offset in (0, 2)]
    assert [asset["id"] for page in pages for asset in page] == ids
    shown = pages[0][0]
    assert (shown["prompt"], shown["action"], shown["provider"]) == (f"a {word} number 2", ACTION, "painter")
    for words, count in (({"provider": "painter"}, 4), ({"action": "media.nobody.x"}, 0), ({"media": "image"}, 4)):
        assert admin.get(f"{UPLOAD}/count", params={"q": word} | words).json()["count"] == count
    for wrong in ({"offset": -1}, {"offset": "x"}, {"sort": "size"}):
        assert admin.get(UPLOAD, params=wrong).status_code == 422


def test_an_asset_says_what_it_was_made_of_and_what_was_made_of_it(admin: httpx2.Client) -> None:
    source = made(admin)["assets"][0]
    body = {"action": "media.painter.vary", "params": {"image": source["id"]}}
    child = admin.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"}).json()["assets"][0]
    children = admin.get(f"{UPLOAD}/{source['id']}/children").json()["items"]
    assert [asset["id"] for asset in children] == [child["id"]]
    lineage = admin.get(f"{UPLOAD}/{child['id']}/lineage").json()["items"]
    assert [asset["id"] for asset in lineage] == [source["id"]]
    assert admin.get(f"{UPLOAD}/{child['id']}/children").json()["items"] == []


def test_what_can_be_made_of_an_asset_comes_ready_to_run(admin: httpx2.Client) -> None:
    source = made(admin, prompt="a red disc for more")["assets"][0]
    offered = admin.get(f"{UPLOAD}/{source['id']}/follow-ups").json()["items"]
    catalog = {action["name"]: action for action in admin.get("/api/v1/actions").json()["items"]}
    assert offered
    for each in offered:
        assert "image" in catalog[each["action"]]["accepts"][each["field"]]
        assert source["id"] in str(each["params"][each["field"]])
        assert each["title"] == catalog[each["action"]]["title"]
    assert any(each["params"].get("prompt") == "a red disc for more" for each in offered)
    assert "openai" not in {each["provider"] for each in offered}, "nobody has an account there"
    vary = next(each for each in offered if each["action"] == "media.painter.vary")
    answer = admin.post("/api/v1/estimate", json={"action": vary["action"], "params": vary["params"]})
    assert answer.status_code == 200, answer.text


def test_the_recipe_of_an_asset_is_what_its_file_carries(admin: httpx2.Client) -> None:
    from PIL import Image

    job = made(admin, prompt="a red disc, by recipe")
    asset = job["assets"][0]
    recipe = admin.get(f"{UPLOAD}/{asset['id']}/recipe").json()
    with Image.open(io.BytesIO(admin.get(asset["urls"]["content"]).content)) as picture:
        assert picture.info["parameters"] == recipe["parameters"]
    assert recipe["parameters"].startswith("a red disc, by recipe")
    assert (recipe["maquette"]["action"], recipe["maquette"]["job"]) == (ACTION, job["id"])
    answer = admin.get(f"{UPLOAD}/{uploaded(admin, png(7, 7))['id']}/recipe")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("form", "name"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_a_picture_can_be_had_in_another_format_with_its_recipe(admin: httpx2.Client, form: str, name: str) -> None:
    from PIL import Image

    asset = made(admin)["assets"][0]
    answer = admin.get(asset["urls"]["content"], params={"format": form, "download": "true"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == f"image/{form}"
    assert answer.headers["content-disposition"].startswith("attachment")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == (name, (64, 64))
        red, _, _ = picture.convert("RGB").getpixel((32, 32))
        assert red > 120
    assert b"a red disc" in answer.content.replace(b"\0", b"")


def test_what_is_clear_in_a_picture_is_white_in_a_jpeg(admin: httpx2.Client) -> None:
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(target, "PNG")
    asset = uploaded(admin, target.getvalue())
    answer = admin.get(asset["urls"]["content"], params={"format": "jpeg"})
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.getpixel((4, 4)) == (255, 255, 255)


def test_only_pictures_are_converted(admin: httpx2.Client) -> None:
    text = uploaded(admin, b"plain words, and nothing but words\n", "a.txt", "text/plain")
    answer = admin.get(text["urls"]["content"], params={"format": "png"})
    assert (answer.status_code, answer.json()["code"]) == (422, "params_invalid")
    assert admin.get(text["urls"]["content"], params={"format": "exe"}).status_code == 422


def test_the_arrival_of_a_picture_tells_its_size_at_once(admin: httpx2.Client) -> None:
    as_of = admin.get(UPLOAD).json()["as_of"]
    asset = uploaded(admin, png(41, 31, (3, 2, 1)))
    with admin.stream("GET", f"/api/v1/events?after={as_of}") as stream:
        for _, kind, data in events(stream.iter_lines()):
            if kind == "asset.created" and data["data"]["asset"]["id"] == asset["id"]:
                assert (data["data"]["asset"]["width"], data["data"]["asset"]["height"]) == (41, 31)
                break
