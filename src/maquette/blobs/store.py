"""Blobs on anything that obstore speaks to: a local folder, S3 and its likes, memory."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from maquette.core.errors import ConfigInvalid, NotFound, StorageFull, StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

PART = 8 * 2**20
"""Bytes of one part of a streamed upload and of one piece of a read."""
_LENT = timedelta(days=1)
_FULL = ("os error 27", "os error 28", "os error 122", "No space left", "QuotaExceeded", "InsufficientStorage", "507 ")
_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_HINT = "Check that the blob store runs, that its credentials are right and that it can be written."


class ObstoreBlobs:
    """Keep bytes in an object store; `open` makes one from a URL."""

    def __init__(self, store: ObjectStore, *, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._arriving: Counter[str] = Counter()
        self._leaving: dict[str, asyncio.Event] = {}

    @classmethod
    def open(cls, url: str, options: Mapping[str, str] | None = None, *, patience_s: float = 60) -> ObstoreBlobs:
        """Open the store at `url`: `file:///folder`, `memory:///`, `s3://bucket/prefix`, or another that obstore knows.

        Args:
            url: Where the bytes are kept.
            options: Options of the store, e.g. `endpoint`, `region`, `access_key_id`; plain HTTP is allowed by itself
                for an endpoint on this machine, elsewhere by `allow_http`.
            patience_s: How long a request to a store that does not answer is tried again.

        Raises:
            ConfigInvalid: The URL or an option is not known.
        """
        try:
            parts = urlsplit(url)
            if parts.scheme == "memory":
                return cls(MemoryStore())
            if parts.scheme == "file":
                folder = Path(unquote(parts.path))
                return cls(LocalStore(folder, mkdir=True), folder=folder)
            return cls(_remote(url, dict(options or {}), patience_s))
        except (BaseError, OSError, TypeError, ValueError) as error:
            raise ConfigInvalid(f"Configuration key 'blob_url': {_first_line(error)}") from error

    async def put(self, key: str, source: Path | bytes, *, move: bool = False) -> None:
        """Store bytes or a file under `key`, whole or not at all; with `move` the file may be gone then.

        Raises `StorageFull`.
        """
        while (leaving := self._leaving.get(key)) is not None:
            await leaving.wait()
        self._arriving[key] += 1
        try:
            if self._folder is not None:
                await asyncio.to_thread(_keep, self._folder / key, source, move=move)
            else:
                await obstore.put_async(self._store, key, source, chunk_size=PART, max_concurrency=4)
        except (BaseError, OSError) as error:
            raise _refusal(error) from error
        finally:
            self._arriving -= Counter((key,))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to but not including `end`; raises `NotFound`."""
        try:
            span = await self._span(key, start, end)
            if span == (0, 0):
                return
            found = await obstore.get_async(self._store, key, options={"range": span} if span else {})
            async for piece in found.stream(min_chunk_size=PART):
                yield bytes(piece)
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound(f"There is no blob {key!r}") from error
        except (BaseError, OSError) as error:
            raise _refusal(error) from error

    async def link(self, key: str) -> str | None:
        """Return an address where anybody can read `key` for a day; None where the store has none to lend."""
        if isinstance(self._store, LocalStore | MemoryStore):
            return None
        signing: Any = self._store
        try:
            return str(await obstore.sign_async(signing, "GET", key, _LENT))
        except (BaseError, OSError) as error:
            raise _refusal(error) from error

    def local(self, key: str) -> Path | None:
        """Return the file that holds `key`, to be read only; None where the bytes are not on this machine's disk."""
        return None if self._folder is None else self._folder / key

    async def _span(self, key: str, start: int, end: int | None) -> tuple[int, int] | None:
        """Fit a range to the blob, because stores refuse one that leaves it; None is the whole, (0, 0) is nothing."""
        if start == 0 and end is None:
            return None
        size = (await obstore.head_async(self._store, key))["size"]
        last = size if end is None else min(end, size)
        return (start, last) if start < last else (0, 0)

    async def delete(self, key: str) -> None:
        """Forget `key`; nothing happens if it is not there."""
        try:
            await obstore.delete_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise _refusal(error) from error

    async def expire(self, key: str, before: int) -> bool:
        """Forget `key` if it was last stored before that time, in ms since 1970; tell whether it is gone.

        In this process nothing is put under `key` between the look at its age and its end.
        """
        if key in self._arriving or key in self._leaving:
            return False
        self._leaving[key] = asyncio.Event()
        try:
            found = await obstore.head_async(self._store, key)
            if found["last_modified"].timestamp() * 1000 >= before:
                return False
            await self.delete(key)
        except (NotFoundError, FileNotFoundError):
            return True
        except (BaseError, OSError) as error:
            raise _refusal(error) from error
        finally:
            self._leaving.pop(key).set()
        return True


def _remote(url: str, options: dict[str, str], patience_s: float) -> ObjectStore:
    endpoint = urlsplit(options.get("endpoint", ""))
    asked = options.pop("allow_http", "").lower() == "true"
    allow_http = asked or (endpoint.scheme == "http" and endpoint.hostname in _LOOPBACK)
    client: ClientConfig = {"allow_http": allow_http}
    retry: RetryConfig = {"max_retries": 10, "retry_timeout": timedelta(seconds=patience_s)}
    config: Any = options
    made: ObjectStore = from_url(url, config=config, client_options=client, retry_config=retry)
    return made


def _keep(path: Path, source: Path | bytes, *, move: bool) -> None:
    """Write a file whole or not at all, and bring it to the disk itself.

    So no committed row points at bytes that a power cut takes away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (move and isinstance(source, Path) and _moved(source, path)):
        _copied(source, path)
    _settle(path.parent)


def _moved(source: Path, path: Path) -> bool:
    """Bring a file to its place; False where that is on another disk."""
    os.utime(source)  # stored now, however old it is: what is young does not expire
    _settle(source)
    try:
        source.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _copied(source: Path | bytes, path: Path) -> None:
    draft = path.with_name(f"{path.name}#{uuid.uuid4().hex}")
    try:
        with draft.open("xb") as file:
            if isinstance(source, bytes):
                file.write(source)
            else:
                with source.open("rb") as original:
                    shutil.copyfileobj(original, file, PART)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _settle(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(error: Exception) -> StorageFull | StoreUnavailable:
    text = str(error)
    if (isinstance(error, OSError) and error.errno in _FULL_ERRORS) or any(sign in text for sign in _FULL):
        return StorageFull("There is no room left in the blob store")
    return StoreUnavailable(f"The blob store failed: {_first_line(error)}", hint=_HINT)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
