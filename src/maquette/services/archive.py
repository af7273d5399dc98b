"""Everything that a job and those below it made, as one zip with a manifest, written while it is read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec

from maquette.core.errors import NotFound
from maquette.core.model import Asset, Job
from maquette.core.sheet import written
from maquette.engine import heritage
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import asset as assets
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx

MOST_FILES = 10_000
"""Most files of one archive."""
_LARGE = 2**31 - 1
_DEEPEST = 12
_STRANGE = re.compile(r"[^\w.-]+")
_COLUMNS = (
    "file", "part", "state", "prompt", "error", "job", "asset", "media", "mime", "size", "sha256", "seed",
    "cost_micro_usd",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A job of the tree, with the name of its place in it."""

    key: str
    job: Job
    assets: Sequence[Asset]


@dataclass(frozen=True, slots=True)
class Archive:
    """What goes into a zip: files by their names, and what the manifest says."""

    job: Job
    files: Mapping[str, Asset]
    entries: Sequence[Mapping[str, Any]]

    @property
    def name(self) -> str:
        """The name of the zip."""
        return f"{self.job.id}.zip"


async def packed(studio: Studio, caller: Caller, job: str) -> Archive:
    """Return what the archive of a job holds; raises `NotFound` where nothing was made."""
    root, parts, named = await studio.store.read(caller.workspace, lambda tx: _collected(tx, job))
    files, entries = dict[str, Asset](), list[Mapping[str, Any]]()
    for part in parts:
        names = [_name(part, asset, number, files, named) for number, asset in enumerate(part.assets, 1)]
        files |= dict(zip(names, part.assets, strict=True))
        entries += list(_entries(part, names))
    if not files:
        raise NotFound(f"Job {job!r} made no files (yet)", hint="Wait until one of its parts has succeeded.")
    if len(files) > MOST_FILES:
        raise NotFound(f"Job {job!r} made {len(files):,} files, and an archive holds {MOST_FILES:,}")
    return Archive(root, files, entries)


def _collected(tx: Tx, job: str) -> tuple[Job, list[Part], Mapping[str, str]]:
    root = jobs.get(tx, job)
    parts = list(_below(tx, root, "", 0))
    named = {str(file["asset"]): str(file["name"]) for file in (root.result or {}).get("files", ())}
    own = {asset.id for part in parts for asset in part.assets}
    if other := [asset for asset in named if asset not in own]:
        found = assets.several(tx, other)
        parts.append(Part("", root, [found[each] for each in other if each in found]))
    return root, parts, named


def _below(tx: Tx, job: Job, key: str, depth: int) -> Iterator[Part]:
    yield Part(key, job, assets.of_jobs(tx, [heritage.maker(job)])[heritage.maker(job)])
    children = tree.steps(tx, job.id) if depth < _DEEPEST and not job.plan else []
    for child in sorted(children, key=_order):
        yield from _below(tx, child, f"{key}/{child.child_key}" if key else str(child.child_key), depth + 1)


def _order(child: Job) -> tuple[int, str]:
    key = child.child_key or ""
    return (int(key), "") if key.isdigit() else (0, child.id)


def _name(part: Part, asset: Asset, number: int, taken: Mapping[str, Asset], named: Mapping[str, str]) -> str:
    """Return a name that no other file has, without folders, and with nothing that a system could stumble over."""
    ending = PurePosixPath(asset.blob).suffix
    key = "-".join(each.zfill(4) if each.isdigit() else each for each in part.key.split("/")) if part.key else ""
    wanted = named.get(asset.id) or f"{key}-{number}{ending}".lstrip("-")
    name = _STRANGE.sub("_", wanted).strip("._")[:120] or f"{asset.id}{ending}"
    return name if name not in taken and not name.startswith("manifest.") else f"{asset.id}{ending}"


def _entries(part: Part, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    job = part.job
    about: dict[str, Any] = {"part": part.key or None, "state": job.state, "job": job.id, "action": job.action}
    about |= {"prompt": job.params.get("prompt"), "cost_micro_usd": job.cost}
    if job.error is not None:
        about["error"] = job.error.get("detail")
    if not names and part.key and job.plan:
        yield about
    for name, asset in zip(names, part.assets, strict=True):
        yield about | {
            "file": name, "asset": asset.id, "media": asset.media, "mime": asset.mime, "size": asset.size,
            "sha256": asset.digest, "seed": asset.seed,
        }  # fmt: skip


async def stream(studio: Studio, archive: Archive) -> AsyncIterator[bytes]:
    """Yield a zip piece by piece; the files lie in it as they are, since media do not get smaller."""
    out = _Outlet()
    with zipfile.ZipFile(out, "w") as target:
        for name, asset in archive.files.items():
            info = zipfile.ZipInfo(name, _moment(asset.created_at))
            with target.open(info, "w", force_zip64=asset.size > _LARGE) as file:
                async for piece in studio.blobs.read(asset.blob):
                    file.write(piece)
                    yield out.taken()
        for name, content in _manifests(archive):
            target.writestr(zipfile.ZipInfo(name, _moment(archive.job.created_at)), content)
    yield out.taken()


def _manifests(archive: Archive) -> Iterator[tuple[str, bytes]]:
    job = archive.job
    about = {"version": 1, "job": job.id, "action": job.action, "state": job.state, "created_at": job.created_at}
    whole = about | {"tally": (job.result or {}).get(heritage.TALLY), "entries": list(archive.entries)}
    yield "manifest.json", msgspec.json.format(msgspec.json.encode(whole), indent=2)
    yield "manifest.csv", written(_COLUMNS, archive.entries).encode("utf-8-sig")


def _moment(ms: int) -> tuple[int, int, int, int, int, int]:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second)


@dataclass(slots=True)
class _Outlet:
    """What a zip is written to: it is handed on at once, so no file lies in memory whole."""

    _pieces: list[bytes] = field(default_factory=list[bytes])

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: whatever is written waits to be taken."""

    def close(self) -> None:
        """Do nothing: the reader ends it."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
