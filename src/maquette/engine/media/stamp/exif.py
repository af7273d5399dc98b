"""EXIF: set the user comment, keeping all that is there.

An EXIF block is a TIFF file whose entries point at absolute offsets, so the old bytes stay where they are and new
directories are appended that take the old entries over.
"""

from __future__ import annotations

import struct

_EXIF_POINTER = 0x8769
_USER_COMMENT = 0x9286
_MOST_ENTRIES = 1000
_EMPTY = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
"""A big-endian TIFF with one empty directory."""

Entries = dict[int, bytes]


def with_comment(block: bytes | None, text: str, most: int) -> bytes | None:
    """Return `block` (without its `Exif` marker) with `text` as user comment, at most `most` bytes long.

    Text that does not fit is cut. None means that the block is of no known form, or full, and should stay as it is.
    """
    old = block or _EMPTY
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(old[:4])
    if order is None:
        return None
    try:
        (at,) = struct.unpack_from(order + "I", old, 4)
        entries, following = _read(old, at, order)
        inner = _inner(old, entries, order)
    except (struct.error, ValueError):
        return None
    base = old + b"\0" * (len(old) % 2)
    room = most - len(base) - _size(entries | {_EXIF_POINTER: b""}) - _size(inner | {_USER_COMMENT: b""}) - 8
    if room < 2:
        return None
    # The tools that read the A1111 text expect big-endian UTF-16 whatever the order of the block.
    comment = b"UNICODE\0" + text.encode("utf-16-be")[: room // 2 * 2].decode("utf-16-be", "ignore").encode("utf-16-be")
    return _joined(base, (entries, inner), following, comment, order)


def _joined(base: bytes, directories: tuple[Entries, Entries], following: bytes, comment: bytes, order: str) -> bytes:
    entries, inner = directories
    outer_at = len(base)
    inner_at = outer_at + _size(entries | {_EXIF_POINTER: b""})
    comment_at = inner_at + _size(inner | {_USER_COMMENT: b""})
    entries |= {_EXIF_POINTER: struct.pack(order + "HHII", _EXIF_POINTER, 4, 1, inner_at)}
    inner |= {_USER_COMMENT: struct.pack(order + "HHII", _USER_COMMENT, 7, len(comment), comment_at)}
    head = base[:4] + struct.pack(order + "I", outer_at) + base[8:]
    return head + _write(entries, following, order) + _write(inner, bytes(4), order) + comment


def _inner(block: bytes, entries: Entries, order: str) -> Entries:
    pointer = entries.get(_EXIF_POINTER)
    if pointer is None:
        return {}
    (at,) = struct.unpack_from(order + "I", pointer, 8)
    return _read(block, at, order)[0]


def _read(block: bytes, at: int, order: str) -> tuple[Entries, bytes]:
    """Return the 12-byte entries of a directory by their tags, and the pointer to the next directory."""
    (count,) = struct.unpack_from(order + "H", block, at)
    end = at + 2 + 12 * count
    if count > _MOST_ENTRIES or end + 4 > len(block):
        raise ValueError("a directory leaves its block")
    raw = [block[place : place + 12] for place in range(at + 2, end, 12)]
    return {struct.unpack_from(order + "H", entry)[0]: entry for entry in raw}, block[end : end + 4]


def _write(entries: Entries, following: bytes, order: str) -> bytes:
    return struct.pack(order + "H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + following


def _size(entries: Entries) -> int:
    return 6 + 12 * len(entries)
