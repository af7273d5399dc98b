"""The one builder of blob keys: every part is made by the server, nothing that a user gave enters one."""

from __future__ import annotations

import re

_WORKSPACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_ORIGINAL = re.compile(r"(?P<workspace>[^/]+)/original/(?P<stem>[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64})\.[a-z0-9]{1,8}")
_SIDE = re.compile(r"[1-9][0-9]{0,4}")


def original(workspace: str, digest: str, extension: str) -> str:
    """Name the blob of an asset by its digest, so that the same bytes are stored once however often they arrive."""
    return f"{_checked(_WORKSPACE, workspace)}/original/{_spread(digest)}.{_checked(_EXTENSION, extension)}"


def quarantine(workspace: str, digest: str) -> str:
    """Name the blob of bytes that did not pass the checks; it has no extension, so nothing will open it by itself."""
    return f"{_checked(_WORKSPACE, workspace)}/quarantine/{_spread(digest)}.bin"


def thumb(blob: str, side: str) -> str:
    """Name the small picture of the asset whose blob is `blob`, by its longest side in pixels."""
    match = _ORIGINAL.fullmatch(blob)
    if match is None:
        raise ValueError(f"{blob!r} is no key of an asset")
    return f"{match['workspace']}/thumb/{match['stem']}-{_checked(_SIDE, side)}.webp"


def _spread(digest: str) -> str:
    """Put the digest under two short folders: a folder of a million files is slow on many disks."""
    _checked(_DIGEST, digest)
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _checked(pattern: re.Pattern[str], part: str) -> str:
    if pattern.fullmatch(part) is None:
        raise ValueError(f"{part!r} cannot be part of a key")
    return part
