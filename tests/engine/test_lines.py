"""Server-sent events are the same wherever the wire cuts them."""

from __future__ import annotations

import pytest

from maquette.core.action import ServerEvent
from maquette.engine.lines import Lines

WHOLE = b"event: part\ndata: one\ndata: two\n\n: a comment\n\ndata: three\n\n"
EVENTS = [ServerEvent("part", "one\ntwo"), ServerEvent("message", "three")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_events_are_the_same_whatever_the_chunks(end: bytes, size: int) -> None:
    wire, lines = WHOLE.replace(b"\n", end), Lines()
    chunks = [wire[at : at + size] for at in range(0, len(wire), size)]
    assert [found for chunk in chunks for found in lines.feed(chunk)] == EVENTS


def test_an_event_is_told_as_soon_as_its_last_byte_is_there() -> None:
    wire, lines = b"data: one\r\n\r\n", Lines()
    assert [len(lines.feed(wire[at : at + 1])) for at in range(len(wire))] == [0] * (len(wire) - 1) + [1]
