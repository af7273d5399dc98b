"""Ingest: what is good is stored once, stamped and shown small; what is not is kept apart."""

from __future__ import annotations

import base64
import hashlib
import io
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from maquette.blobs import ObstoreBlobs
from maquette.core.config import Limits
from maquette.core.errors import OffloadFailed, OutputRejected, StorageFull, UploadRejected
from maquette.engine.ingest import Ingest, Recipe, Taken
from maquette.engine.media.examine import examine
from maquette.engine.media.kind import KINDS
from maquette.engine.media.small import small
from maquette.engine.offload import Offload
from tests.engine.media.sample import MAKERS, film, sample, song

RECIPE = Recipe("a cat\nSteps: 1", {"version": 1, "seed": 4}, "model")
STAMPED = {"png", "jpg", "webp", "gif", "mp4", "mov", "m4a", "mp3", "flac", "ogg", "wav"}


@pytest.fixture
def blobs() -> ObstoreBlobs:
    return ObstoreBlobs.open("memory:///")


@pytest.fixture(scope="module")
async def offload() -> AsyncIterator[Offload]:
    """Children for all tests here: each of them imports decoders, which takes longer than most tests."""
    made = Offload(processes=1, bytes_limit=2**30, allowed=["maquette.engine.media"])
    yield made
    await made.close()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    place = tmp_path / "scratch"
    place.mkdir()
    return place


@pytest.fixture
def ingest(blobs: ObstoreBlobs, offload: Offload, scratch: Path) -> Ingest:
    return Ingest(blobs=blobs, offload=offload, limits=Limits(pixels=10**7, duration_s=60), scratch=scratch)


async def whole(blobs: ObstoreBlobs, key: str) -> bytes:
    return b"".join([piece async for piece in blobs.read(key)])


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def taken(ingest: Ingest, name: str, recipe: Recipe | None = RECIPE) -> Taken:
    return await ingest.take(sample(name), workspace="w", expected=KINDS[name.rpartition(".")[2]].media, recipe=recipe)


@pytest.mark.accepts("S0.43", "S3.32")
@pytest.mark.parametrize("name", MAKERS)
async def test_every_kind_is_stored_with_its_facts(ingest: Ingest, blobs: ObstoreBlobs, name: str) -> None:
    kind = KINDS[name.rpartition(".")[2]]
    found = await taken(ingest, name)
    stored = await whole(blobs, found.blob)
    assert (found.media, found.mime, found.extension) == (kind.media, kind.mime, kind.extension)
    assert (found.digest, found.size) == (digest(stored), len(stored))
    assert found.provider_digest == digest(sample(name))
    assert found.blob == f"w/original/{found.digest[:2]}/{found.digest[2:4]}/{found.digest}.{kind.extension}"
    assert found.checked == "decoded"
    assert found.stamped is (kind.extension in STAMPED)
    assert (stored == sample(name)) is not found.stamped
    if kind.media in ("image", "video") and kind.extension != "svg":
        assert (found.width, found.height) == (96, 64)
    if kind.media in ("video", "audio"):
        assert found.duration_ms is not None
        assert 900 <= found.duration_ms <= 1500
    assert found.pages == (2 if kind.extension == "pdf" else None)


async def test_without_a_recipe_the_bytes_stay_as_they_came(ingest: Ingest, blobs: ObstoreBlobs) -> None:
    found = await taken(ingest, "png", None)
    assert await whole(blobs, found.blob) == sample("png")
    assert (found.stamped, found.digest) == (False, found.provider_digest)


async def test_a_file_is_taken_as_well_as_bytes_and_stays_where_it_is(
    ingest: Ingest, blobs: ObstoreBlobs, tmp_path: Path
) -> None:
    spooled = tmp_path / "spooled"
    spooled.write_bytes(sample("mp4"))
    found = await ingest.take(spooled, workspace="w", expected="video", recipe=RECIPE)
    assert spooled.read_bytes() == sample("mp4")
    assert (await whole(blobs, found.blob)).startswith(sample("mp4"))
    assert found == await taken(ingest, "mp4")


async def test_a_large_file_is_stamped_on_the_disk(ingest: Ingest, blobs: ObstoreBlobs, tmp_path: Path) -> None:
    spooled = tmp_path / "spooled"
    spooled.write_bytes(_large_png())
    found = await ingest.take(spooled, workspace="w", expected="image", recipe=RECIPE)
    stored = await whole(blobs, found.blob)
    assert found.size > 8 * 2**20
    assert (found.digest, found.size) == (digest(stored), len(stored))
    with Image.open(io.BytesIO(stored)) as opened:
        assert opened.info["parameters"] == RECIPE.parameters


def _large_png() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((3100, 3100), 120).save(file, "PNG", compress_level=1)
    return file.getvalue()


async def test_the_same_bytes_are_stored_under_the_same_key(ingest: Ingest) -> None:
    assert await taken(ingest, "png") == await taken(ingest, "png")


async def test_nothing_is_left_in_the_scratch_folder(ingest: Ingest, scratch: Path) -> None:
    found = await taken(ingest, "png")
    await ingest.small(found)
    with pytest.raises(OutputRejected):
        await ingest.take(b"", workspace="w", expected="image", recipe=None)
    assert list(scratch.iterdir()) == []


async def test_a_text_about_markup_is_a_text(ingest: Ingest) -> None:
    for content in (sample("html"), sample("svg")):
        found = await ingest.take(content, workspace="w", expected="text", recipe=None)
        assert found.mime in ("text/plain", "text/markdown")


async def test_a_film_without_pictures_is_a_sound(ingest: Ingest) -> None:
    found = await ingest.take(song("mp4", "aac"), workspace="w", expected="audio", recipe=None)
    assert (found.mime, found.extension) == ("audio/mp4", "m4a")
    found = await ingest.take(song("webm", "libopus"), workspace="w", expected="audio", recipe=None)
    assert found.mime == "audio/webm"
    assert (await ingest.small(found)).thumbs


@pytest.mark.accepts("S1.73")
@pytest.mark.parametrize("name", MAKERS)
async def test_every_kind_has_small_pictures_and_a_hash(ingest: Ingest, blobs: ObstoreBlobs, name: str) -> None:
    made = await ingest.small(await taken(ingest, name))
    assert set(made.thumbs) == {"320", "1024"}
    for side, key in made.thumbs.items():
        with Image.open(io.BytesIO(await whole(blobs, key)), formats=["WEBP"]) as picture:
            picture.load()
            assert max(picture.size) <= int(side)
            extremes = picture.convert("L").getextrema()
            if not name.endswith("pdf"):
                assert extremes[0] != extremes[1]
    assert 5 <= len(base64.b64decode(made.thumbhash, validate=True)) <= 40


async def test_a_large_picture_is_made_small_on_its_longest_side(ingest: Ingest, blobs: ObstoreBlobs) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.new("RGB", (2000, 1000), "red").save(file, "JPEG", exif=exif.tobytes())
    found = await ingest.take(file.getvalue(), workspace="w", expected="image", recipe=None)
    made = await ingest.small(found)
    sizes = {}
    for side, key in made.thumbs.items():
        with Image.open(io.BytesIO(await whole(blobs, key))) as picture:
            sizes[side] = picture.size
    assert sizes == {"320": (160, 320), "1024": (512, 1024)}


async def test_a_wrong_output_is_kept_in_quarantine_as_it_came(ingest: Ingest, blobs: ObstoreBlobs) -> None:
    content = b"<html>Service unavailable</html>"
    with pytest.raises(OutputRejected, match="HTML, which is no image") as caught:
        await ingest.take(content, workspace="w", expected="image", recipe=RECIPE)
    key = caught.value.details["quarantine"]
    assert key.startswith("w/quarantine/")
    assert await whole(blobs, key) == content
    assert caught.value.problem()["quarantine"] == key


async def test_limits_hold_before_anything_is_decoded(blobs: ObstoreBlobs, offload: Offload, scratch: Path) -> None:
    async def refused(content: bytes, media: str, **limits: int) -> str:
        ingest = Ingest(blobs=blobs, offload=offload, limits=Limits(**limits), scratch=scratch)
        with pytest.raises(OutputRejected) as caught:
            await ingest.take(content, workspace="w", expected=media, recipe=None)  # type: ignore[arg-type]
        return str(caught.value)

    assert "4096 pixels" in await refused(sample("jpg"), "image", pixels=4096)
    assert "4096 pixels" in await refused(sample("mp4"), "video", pixels=4096)
    assert "4096 pixels" in await refused(sample("avif"), "image", pixels=4096)
    assert "larger than the 1024 bytes" in await refused(sample("png"), "image", output_bytes=1024)
    assert "longer than the 1 s" in await refused(film("mp4", "libx264"), "video", duration_s=1)


async def test_a_decoder_that_dies_is_no_loss(blobs: ObstoreBlobs, scratch: Path) -> None:
    tight = Offload(processes=1, bytes_limit=120 * 2**20, allowed=["maquette.engine.media"])
    ingest = Ingest(blobs=blobs, offload=tight, limits=Limits(), scratch=scratch)
    file = io.BytesIO()
    Image.new("RGB", (9000, 9000)).save(file, "PNG", compress_level=1)
    with pytest.raises(OutputRejected) as caught:
        await ingest.take(file.getvalue(), workspace="w", expected="image", recipe=None)
    assert await whole(blobs, caught.value.details["quarantine"]) == file.getvalue()
    assert (await ingest.take(sample("png"), workspace="w", expected="image", recipe=None)).width == 96
    await tight.close()


async def test_no_child_is_our_fault_and_rejects_nothing(blobs: ObstoreBlobs, scratch: Path) -> None:
    closed = Offload(processes=1, bytes_limit=2**30, allowed=["maquette.engine.media"])
    await closed.close()
    ingest = Ingest(blobs=blobs, offload=closed, limits=Limits(), scratch=scratch)
    with pytest.raises(OffloadFailed):
        await ingest.take(sample("png"), workspace="w", expected="image", recipe=None)


async def test_a_full_store_is_told_as_such(offload: Offload, scratch: Path) -> None:
    class Full(ObstoreBlobs):
        async def put(self, key: str, source: Path | bytes, *, move: bool = False) -> None:
            raise StorageFull("full")

    full = Full.open("memory:///")
    ingest = Ingest(blobs=full, offload=offload, limits=Limits(), scratch=scratch)
    with pytest.raises(StorageFull):
        await ingest.take(sample("png"), workspace="w", expected="image", recipe=None)
    with pytest.raises(StorageFull):
        await ingest.take(b"broken", workspace="w", expected="image", recipe=None)


async def test_an_upload_is_stored_as_it_is(ingest: Ingest, blobs: ObstoreBlobs, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    for name, claimed in (
        ("png", "image/png"),
        ("docx", ""),
        ("mp3", "audio/mp3"),
        ("md", "text/plain; charset=utf-8"),
    ):
        path.write_bytes(sample(name))
        found = await ingest.upload(path, workspace="w", claimed_mime=claimed, name="x")
        assert (found.extension, found.stamped) == (name, False)
        assert await whole(blobs, found.blob) == sample(name)


@pytest.mark.parametrize(
    ("content", "claimed", "words"),
    [
        (sample("html"), "image/png", "claims to be image/png but is HTML"),
        (sample("png"), "video/mp4", "claims to be video/mp4 but is PNG"),
        (sample("png"), "application/pdf", "claims to be application/pdf but is PNG"),
        (b"MZ" + bytes(300), "image/png", "no type that is taken"),
        (sample("png")[:600], "image/png", "cannot be decoded|does not end"),
    ],
)
async def test_an_upload_that_is_not_what_it_claims_is_refused_and_not_kept(
    offload: Offload, scratch: Path, tmp_path: Path, content: bytes, claimed: str, words: str
) -> None:
    store = ObstoreBlobs.open((tmp_path / "blobs").as_uri())
    ingest = Ingest(blobs=store, offload=offload, limits=Limits(), scratch=scratch)
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(UploadRejected, match=words) as caught:
        await ingest.upload(path, workspace="w", claimed_mime=claimed, name="../../etc/\x1b[31mpasswd")
    assert "\x1b" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert [entry for entry in (tmp_path / "blobs").rglob("*") if entry.is_file()] == []


FILMS_AND_SOUNDS = [name for name in MAKERS if KINDS[name.rpartition(".")[2]].media in ("video", "audio")]
SELF_CONTAINED = ("mp3", "flac")
"""A cut file of these is a shorter sound."""


@pytest.mark.parametrize("name", FILMS_AND_SOUNDS)
def test_where_no_codec_is_installed_the_container_is_checked_and_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    content, extension = sample(name), name.rpartition(".")[2]
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda wanted: None if wanted == "av" else SimpleNamespace())
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(content)
    found = examine(str(path), extension, pixels=10**7, duration_s=60)
    assert found["checked"] == "container"
    if name != "pieces.mp4":  # its length stands in its pieces
        assert 900 <= found["duration_ms"] <= 1500
    assert found.get("width") == (96 if KINDS[extension].media == "video" else None)
    assert set(small(str(path), extension)["files"]) == {"320", "1024"}
    path.write_bytes(content[: len(content) // 2])
    assert ("refused" in examine(str(path), extension, pixels=10**7, duration_s=60)) is (name not in SELF_CONTAINED)


@pytest.mark.usefixtures("small_disk")
async def test_a_scratch_disk_without_room_is_told_as_such(ingest: Ingest) -> None:
    with pytest.raises(StorageFull):
        await ingest.take(sample("png") + bytes(3 * 2**20), workspace="w", expected="image", recipe=RECIPE)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file of this process may grow beyond 1 MiB."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, ignored)
