"""Every blob store behaves the same: one suite over a local folder, memory and a real S3 server."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.blobs import ObstoreBlobs
from maquette.core.errors import ConfigInvalid, NotFound, StorageFull, StoreUnavailable


@pytest.fixture(params=["local", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> ObstoreBlobs:
    if request.param == "local":
        return ObstoreBlobs.open((tmp_path / "a folder").as_uri())
    if request.param == "memory":
        return ObstoreBlobs.open("memory:///")
    options: dict[str, str] = request.getfixturevalue("s3_options")
    return ObstoreBlobs.open(f"{request.getfixturevalue('s3_url')}/studio", options)


async def whole(blobs: ObstoreBlobs, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in blobs.read(key, start, end)])


@pytest.mark.accepts("S3.30")
async def test_bytes_come_back_as_they_were_put(blobs: ObstoreBlobs) -> None:
    await blobs.put("w/original/aa/bb/c.png", b"hello")
    assert await whole(blobs, "w/original/aa/bb/c.png") == b"hello"


async def test_a_file_larger_than_one_part_comes_back_whole(blobs: ObstoreBlobs, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(os.urandom(17 * 2**20 + 3))
    await blobs.put("w/large.bin", large)
    assert await whole(blobs, "w/large.bin") == large.read_bytes()
    assert large.exists()


async def test_an_empty_blob_can_be_kept(blobs: ObstoreBlobs) -> None:
    await blobs.put("w/empty", b"")
    assert await whole(blobs, "w/empty") == b""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 3, b"012"), (4, None, b"456789"), (4, 5, b"4"), (8, 400, b"89"), (10, None, b""), (50, 60, b""), (3, 3, b"")],
)
async def test_a_range_yields_exactly_its_bytes(
    blobs: ObstoreBlobs, start: int, end: int | None, expected: bytes
) -> None:
    await blobs.put("w/digits", b"0123456789")
    assert await whole(blobs, "w/digits", start, end) == expected


async def test_a_second_put_replaces_the_first(blobs: ObstoreBlobs) -> None:
    await blobs.put("w/a", b"first")
    await blobs.put("w/a", b"second")
    assert await whole(blobs, "w/a") == b"second"


async def test_a_missing_blob_is_not_found(blobs: ObstoreBlobs) -> None:
    with pytest.raises(NotFound, match="w/nothing"):
        await whole(blobs, "w/nothing")
    with pytest.raises(NotFound):
        await whole(blobs, "w/nothing", 1, 2)


async def test_delete_forgets_and_may_be_repeated(blobs: ObstoreBlobs) -> None:
    await blobs.put("w/a", b"x")
    await blobs.delete("w/a")
    await blobs.delete("w/a")
    with pytest.raises(NotFound):
        await whole(blobs, "w/a")


async def test_many_puts_at_once_all_arrive(blobs: ObstoreBlobs) -> None:
    await asyncio.gather(*(blobs.put(f"w/{i}", str(i).encode()) for i in range(20)))
    assert [await whole(blobs, f"w/{i}") for i in range(20)] == [str(i).encode() for i in range(20)]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file of this process may grow beyond 1 MiB: to a writer that is a disk without room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.fixture(params=["the same disk", "another disk"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder for files that are to be moved into a store."""
    if request.param == "the same disk":
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if Path(folder).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("this machine has one disk only")
        yield Path(folder)


async def test_a_file_may_be_moved_into_the_store_and_is_as_young_as_any_other(
    blobs: ObstoreBlobs, elsewhere: Path
) -> None:
    made = elsewhere / "made"
    made.write_bytes(b"moved")
    os.utime(made, (0, 0))
    await blobs.put("w/moved", made, move=True)
    assert await whole(blobs, "w/moved") == b"moved"
    assert await blobs.expire("w/moved", time.time_ns() // 1_000_000 - 60_000) is False


async def test_a_file_that_is_not_to_be_moved_stays_and_is_no_part_of_the_store(tmp_path: Path) -> None:
    blobs = ObstoreBlobs.open((tmp_path / "store").as_uri())
    kept = tmp_path / "kept"
    kept.write_bytes(b"one")
    await blobs.put("w/kept", kept)
    kept.write_bytes(b"two")
    assert await whole(blobs, "w/kept") == b"one"
    assert [path.name for path in (tmp_path / "store" / "w").iterdir()] == ["kept"]


@pytest.mark.usefixtures("small_disk")
async def test_a_disk_without_room_is_told_and_leaves_nothing_readable(tmp_path: Path) -> None:
    blobs = ObstoreBlobs.open(tmp_path.as_uri())
    with pytest.raises(StorageFull):
        await blobs.put("w/a", bytes(3 * 2**20))
    with pytest.raises(NotFound):
        await whole(blobs, "w/a")
    assert list((tmp_path / "w").iterdir()) == []


async def test_a_store_that_cannot_be_reached_says_so() -> None:
    options = {"endpoint": "http://127.0.0.1:9", "region": "us-east-1", "access_key_id": "a", "secret_access_key": "b"}
    blobs = ObstoreBlobs.open("s3://bucket", options, patience_s=1)
    with pytest.raises(StoreUnavailable, match="blob store"):
        await blobs.put("w/a", b"x")


@pytest.mark.parametrize("url", ["weird://x", "file:///proc/nowhere", "s3://"])
def test_a_url_that_cannot_be_used_names_the_configuration_key(url: str) -> None:
    with pytest.raises(ConfigInvalid, match="blob_url"):
        ObstoreBlobs.open(url)


def test_an_unknown_option_names_the_configuration_key() -> None:
    with pytest.raises(ConfigInvalid, match="blob_url"):
        ObstoreBlobs.open("s3://bucket", {"wrong_word": "x"})


async def test_only_what_was_stored_before_a_time_expires(blobs: ObstoreBlobs) -> None:
    now = time.time_ns() // 1_000_000
    await blobs.put("w/young", b"x")
    assert await blobs.expire("w/young", now - 60_000) is False
    assert await whole(blobs, "w/young") == b"x"
    assert await blobs.expire("w/young", now + 60_000) is True
    with pytest.raises(NotFound):
        await whole(blobs, "w/young")
    assert await blobs.expire("w/young", now) is True


async def test_what_is_put_while_the_same_key_expires_is_there_afterwards(blobs: ObstoreBlobs) -> None:
    later = time.time_ns() // 1_000_000 + 60_000
    for _ in range(20):
        await blobs.put("w/both", b"old")
        await asyncio.gather(blobs.expire("w/both", later), blobs.put("w/both", b"new"))
        assert await whole(blobs, "w/both") == b"new"
        await asyncio.gather(blobs.put("w/both", b"newer"), blobs.expire("w/both", later))
        assert await whole(blobs, "w/both") == b"newer"


async def test_a_store_that_others_can_reach_lends_an_address_and_a_folder_does_not(
    blobs: ObstoreBlobs, request: pytest.FixtureRequest
) -> None:
    await blobs.put("w/lent.txt", b"for a day")
    address = await blobs.link("w/lent.txt")
    assert (address is not None) is (request.node.callspec.params["blobs"] == "s3")
    if address is None:
        return
    with pytest.raises(urllib.error.HTTPError):
        await asyncio.to_thread(fetched, address.partition("?")[0])
    assert await asyncio.to_thread(fetched, address) == b"for a day"


def fetched(address: str) -> bytes:
    """Return what anybody finds at an address."""
    with urllib.request.urlopen(address, timeout=10) as found:
        body: bytes = found.read()
        return body
