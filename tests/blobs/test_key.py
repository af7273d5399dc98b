"""Keys are made by the server; whatever is not of its making is refused."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.blobs import key

DIGEST = hashlib.sha256(b"x").hexdigest()
SHAPE = re.compile(r"[a-z0-9_-]+/(original|quarantine|thumb)/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}(-\d+)?\.[a-z0-9]+")
TRAVERSALS = [
    "..", "../x", "/etc", "a/b", "a\\b", "C:", "\\\\host\\share", "x\0", "%2e%2e", "", ".", "CON.", "a" * 300, "a\n",
]  # fmt: skip


def test_a_key_spreads_over_two_folders_and_ends_in_the_digest() -> None:
    assert key.original("default", DIGEST, "png") == f"default/original/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}.png"
    assert key.quarantine("default", DIGEST) == f"default/quarantine/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}.bin"


def test_a_thumb_lies_beside_its_original() -> None:
    made = key.thumb(key.original("w", DIGEST, "mp4"), "320")
    assert made == f"w/thumb/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}-320.webp"


@pytest.mark.parametrize("bad", TRAVERSALS)
def test_no_part_of_a_key_can_leave_its_place(bad: str) -> None:
    for build in (
        lambda: key.original(bad, DIGEST, "png"),
        lambda: key.original("w", bad, "png"),
        lambda: key.original("w", DIGEST, bad),
        lambda: key.quarantine(bad, DIGEST),
        lambda: key.thumb(bad, "320"),
        lambda: key.thumb(key.original("w", DIGEST, "png"), bad),
    ):
        with pytest.raises(ValueError, match=r"key"):
            build()


@given(st.text(), st.text(), st.text())
def test_any_text_makes_a_well_formed_key_or_none(workspace: str, digest: str, extension: str) -> None:
    try:
        made = key.original(workspace, digest, extension)
    except ValueError:
        return
    assert SHAPE.fullmatch(made)
