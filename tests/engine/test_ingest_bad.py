"""Bad files: each is refused with words, kept in quarantine, and leaves the server as it was."""

from __future__ import annotations

import gc
import random
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maquette.blobs import ObstoreBlobs
from maquette.core.config import Limits
from maquette.core.errors import OutputRejected
from maquette.engine.ingest import Ingest, Recipe
from maquette.engine.media.kind import KINDS
from maquette.engine.offload import Offload
from tests.engine.media.bad import BAD
from tests.engine.media.sample import sample

LIMITS = Limits(pixels=50_000_000, duration_s=3600)
RECIPE = Recipe("x", {"version": 1}, "model")
SEED = 20_261_121
MUTANTS = 200


@pytest.fixture
def blobs(tmp_path: Path) -> ObstoreBlobs:
    return ObstoreBlobs.open((tmp_path / "blobs").as_uri())


@pytest.fixture(scope="module")
async def offload() -> AsyncIterator[Offload]:
    """Children for all tests here: each of them imports decoders, which takes longer than most tests."""
    made = Offload(processes=1, bytes_limit=2**30, allowed=["maquette.engine.media"])
    yield made
    await made.close()


@pytest.fixture
def ingest(blobs: ObstoreBlobs, offload: Offload, tmp_path: Path) -> Ingest:
    return Ingest(blobs=blobs, offload=offload, limits=LIMITS, scratch=tmp_path / "scratch")


@pytest.mark.accepts("S1")
@pytest.mark.parametrize("name", BAD)
async def test_a_bad_file_is_refused_with_words_and_kept_apart(
    ingest: Ingest, blobs: ObstoreBlobs, tmp_path: Path, name: str
) -> None:
    expected, make = BAD[name]
    content = make()
    begun = time.monotonic()
    with pytest.raises(OutputRejected) as caught:
        await ingest.take(content, workspace="w", expected=expected, recipe=RECIPE)  # type: ignore[arg-type]
    assert time.monotonic() - begun < 10
    words = str(caught.value)
    assert 45 < len(words) < 400
    assert "Traceback" not in words and str(tmp_path) not in words
    kept = b"".join([piece async for piece in blobs.read(caught.value.details["quarantine"])])
    assert kept == content
    files = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert [path.parts[-4] for path in files] == ["quarantine"]


@pytest.mark.accepts("S1")
async def test_no_mutated_file_hurts_the_server(ingest: Ingest) -> None:
    """Some mutants are still good files; each is either taken or refused, in bounded time and memory."""
    dice = random.Random(SEED)
    names = [
        "png",
        "jpg",
        "webp",
        "moving.gif",
        "svg",
        "mp4",
        "fast.mp4",
        "mp3",
        "wav",
        "pdf",
        "opus.ogg",
        "flac",
        "webm",
    ]
    before, outcomes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, {"taken": 0, "refused": 0}
    for _ in range(MUTANTS):
        name = dice.choice(names)
        begun = time.monotonic()
        try:
            media = KINDS[name.rpartition(".")[2]].media
            await ingest.take(mutated(sample(name), dice), workspace="w", expected=media, recipe=RECIPE)
            outcomes["taken"] += 1
        except OutputRejected:
            outcomes["refused"] += 1
        assert time.monotonic() - begun < 10, f"{name} of seed {SEED}"
    gc.collect()
    assert outcomes["taken"] + outcomes["refused"] == MUTANTS
    assert outcomes["refused"] > MUTANTS // 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def mutated(content: bytes, dice: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(dice.choice((1, 3, 20))):
        at = dice.randrange(len(made))
        made[at : at + dice.choice((0, 1, 1, 4, 200))] = dice.choice(
            (b"", b"\0", b"\xff\xff\xff\xff", dice.randbytes(3))
        )
        if not made:
            break
    return bytes(made)
