"""Stamps are read back by other people's readers, and what a file shows or sounds like stays the same to the bit."""

from __future__ import annotations

import io
import json
import re
import struct
from xml.etree import ElementTree

import av
import pytest
from PIL import Image, ImageSequence

from maquette.engine.media.kind import HEAD, sniff
from maquette.engine.media.recipe import Recipe, a1111_text
from maquette.engine.media.stamp import stamp
from tests.engine.media.sample import MAKERS, encoded, picture, sample, song

PROMPT = "a cat & <hat>, ü, 猫 🐈"
RECIPE = Recipe(
    a1111_text({"prompt": PROMPT, "negative_prompt": "dog", "steps": 20, "width": 96, "height": 64, "model": "m-1"}, 7),
    {"version": 1, "action": "media.x.y", "seed": 7, "params": {"prompt": PROMPT}},
    "model",
)
PICTURES = [name for name in MAKERS if name.rpartition(".")[2] in ("png", "jpg", "webp", "gif")]
SOUNDS = ["mp3", "flac", "opus.ogg", "vorbis.ogg", "wav"]
FILMS = ["mp4", "fast.mp4", "pieces.mp4", "mov", "m4a"]
XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
ORIENTATION, MAKE, EXIF, COMMENT = 0x0112, 0x010F, 0x8769, 0x9286


def stamped(content: bytes, recipe: Recipe = RECIPE) -> bytes:
    pieces = stamp(sniff(content[:HEAD]).extension, memoryview(content), recipe)
    assert pieces is not None
    return b"".join(pieces)


def shown(content: bytes) -> list[tuple[tuple[int, int], bytes]]:
    with Image.open(io.BytesIO(content)) as opened:
        return [(frame.size, frame.convert("RGBA").tobytes()) for frame in ImageSequence.Iterator(opened)]


def decoded(content: bytes) -> list[tuple[str, int | None, bytes]]:
    with av.open(io.BytesIO(content)) as opened:
        return [
            (packet.stream.type, frame.pts, b"".join(bytes(plane) for plane in frame.planes))
            for packet in opened.demux()
            for frame in packet.decode()
        ]


def tags(content: bytes) -> dict[str, str]:
    with av.open(io.BytesIO(content)) as opened:
        found = {**opened.metadata}
        for stream in opened.streams:
            found |= stream.metadata
    return {name.lower(): text for name, text in found.items()}


def facts(packet: bytes) -> tuple[str, str, dict[str, object]]:
    """The text, the source type and the record of an XMP packet."""
    tree = ElementTree.fromstring(packet.strip(b"\0").decode())  # noqa: S314 - of our own making
    description = next(tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"))
    source = description.get("{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType", "")
    text = next((e.text for e in tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")), "") or ""
    record = next((e.text for e in tree.iter("{urn:maquette:recipe:1}recipe")), "{}") or "{}"
    return text, source, json.loads(record)


def packet_of(content: bytes) -> bytes:
    match = re.search(rb"<\?xpacket begin.*?<\?xpacket end=\"w\"\?>", content, re.DOTALL)
    assert match is not None
    return match[0]


def comment_of(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as opened:
        raw = opened.getexif().get_ifd(EXIF)[COMMENT]
    assert raw.startswith(b"UNICODE\0")
    return str(raw[8:].decode("utf-16-be"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_stamped_picture_shows_the_same_pixels(name: str) -> None:
    assert shown(stamped(sample(name))) == shown(sample(name))


@pytest.mark.parametrize("name", [*SOUNDS, *FILMS])
def test_a_stamped_film_or_sound_decodes_to_the_same_frames(name: str) -> None:
    before = decoded(sample(name))
    assert before
    assert decoded(stamped(sample(name))) == before


@pytest.mark.parametrize("name", [*PICTURES, *SOUNDS, *FILMS])
def test_every_stamp_carries_the_text_the_record_and_the_source_type(name: str) -> None:
    content = stamped(sample(name))
    if name.endswith(("flac", "ogg")):
        found = tags(content)
        text, source, record = found["parameters"], found["digitalsourcetype"], json.loads(found["maquette"])
    else:
        text, source, record = facts(packet_of(content))
    assert text == RECIPE.parameters
    assert source == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert record == RECIPE.maquette


@pytest.mark.parametrize("name", [name for name in PICTURES if name.endswith("png")])
def test_a_png_gives_its_parameters_before_it_is_decoded(name: str) -> None:
    with Image.open(io.BytesIO(stamped(sample(name)))) as opened:
        assert opened.info["parameters"] == RECIPE.parameters
        assert json.loads(opened.info["maquette"]) == RECIPE.maquette


def test_plain_words_are_written_as_the_oldest_png_readers_know_them() -> None:
    content = stamped(sample("png"), Recipe("a cafe\nSteps: 1", {}, "model"))
    assert b"tEXtparameters\0a cafe\nSteps: 1" in content


@pytest.mark.parametrize("name", [name for name in PICTURES if name.endswith(("jpg", "webp"))])
def test_a_jpeg_and_a_webp_give_their_parameters_as_user_comment(name: str) -> None:
    assert comment_of(stamped(sample(name))) == RECIPE.parameters


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_other_exif_data_of_the_provider_stays(kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "Camera"
    exif.get_ifd(EXIF)[0x829A] = 0.5
    content = stamped(encoded(kind, exif=exif.tobytes()))
    with Image.open(io.BytesIO(content)) as opened:
        found = opened.getexif()
        assert (found[ORIENTATION], found[MAKE], found.get_ifd(EXIF)[0x829A]) == (6, "Camera", 0.5)
    assert comment_of(content) == RECIPE.parameters


@pytest.mark.parametrize("name", [*PICTURES, "mp3", "flac", "opus.ogg", "wav"])
def test_a_second_stamp_replaces_the_first(name: str) -> None:
    other = Recipe("another\nSteps: 2", {"version": 1}, "algorithm")
    content = stamped(stamped(sample(name)), other)
    if name.endswith("png"):
        with Image.open(io.BytesIO(content)) as opened:
            assert opened.info["parameters"] == other.parameters
    elif name.endswith(("jpg", "webp")):
        assert comment_of(content) == other.parameters
        assert content.count(b"<x:xmpmeta") == 1
    elif name.endswith(("flac", "ogg")):
        assert tags(content)["parameters"] == other.parameters


@pytest.mark.parametrize("name", ["mp3", "flac", "opus.ogg", "vorbis.ogg"])
def test_a_sound_gives_its_parameters_to_any_player(name: str) -> None:
    found = tags(stamped(sample(name)))
    assert found["parameters"] == RECIPE.parameters
    assert json.loads(found["maquette"]) == RECIPE.maquette


def test_a_wav_gives_its_text_as_comment() -> None:
    assert tags(stamped(sample("wav")))["comment"] == RECIPE.parameters


def test_the_tag_that_an_mp3_had_stays() -> None:
    title = b"TIT2" + struct.pack(">I", 6) + b"\0\0" + b"\0Title"
    content = b"ID3\x03\0\0" + bytes([0, 0, 0, len(title) + 20]) + title + bytes(20) + sample("mp3")
    found = tags(stamped(content))
    assert (found["title"], found["parameters"]) == ("Title", RECIPE.parameters)


@pytest.mark.parametrize("name", FILMS)
def test_a_film_carries_its_recipe_in_a_box_at_the_end_and_is_else_unchanged(name: str) -> None:
    content, before = stamped(sample(name)), sample(name)
    assert content.startswith(before)
    size, kind, mark = struct.unpack_from(">I4s16s", content, len(before))
    assert (size, kind, mark) == (len(content) - len(before), b"uuid", XMP_BOX)


def test_a_last_box_without_an_end_is_given_one() -> None:
    before = sample("fast.mp4")
    at = before.rindex(b"mdat") - 4
    endless = before[:at] + bytes(4) + before[at + 4 :]
    assert decoded(stamped(endless)) == decoded(before)


def test_a_long_ogg_header_moves_no_sound() -> None:
    long = Recipe("word " * 40_000, {}, "model")
    content = stamped(song("ogg", "libopus"), long)
    assert tags(content)["parameters"] == long.parameters
    assert decoded(content) == decoded(song("ogg", "libopus"))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "GIF"])
def test_a_prompt_longer_than_a_container_holds_is_cut_and_breaks_nothing(kind: str) -> None:
    long = Recipe("猫" * 60_000, {"params": "x" * 90_000}, "model")
    content = stamped(encoded(kind), long)
    assert shown(content) == shown(encoded(kind))
    assert b"trainedAlgorithmicMedia" in content


def test_control_characters_of_a_prompt_break_no_container() -> None:
    nasty = Recipe("a\0b\x0bc\ud800d\nSteps: 1", {"p": "a\0\x0b"}, "model")
    for name in (*PICTURES, *SOUNDS, *FILMS):
        content = stamped(sample(name), nasty)
        if not name.endswith(("flac", "ogg")):
            assert facts(packet_of(content))[0] == "abcd\nSteps: 1"


@pytest.mark.parametrize(("source", "kept"), [("typeset", False), ("unknown", False), ("algorithm", True)])
def test_the_source_type_is_told_by_truth(source: str, *, kept: bool) -> None:
    content = stamped(sample("png"), Recipe("x", {}, source))  # type: ignore[arg-type]
    assert (b"digitalsourcetype/algorithmicMedia" in content) is kept
    assert b"trained" not in content


@pytest.mark.parametrize("name", ["avif", "svg", "pdf", "docx", "txt", "webm"])
def test_kinds_without_a_place_for_a_recipe_are_left_alone(name: str) -> None:
    assert stamp(name, memoryview(sample(name)), RECIPE) is None


@pytest.mark.parametrize("name", ["png", "jpg", "webp", "gif", "mp4", "mp3", "flac", "opus.ogg", "wav"])
def test_a_layout_that_a_writer_does_not_know_is_left_alone(name: str) -> None:
    extension = name.rpartition(".")[2]
    for cut in range(0, 64, 3):
        broken = stamp(extension, memoryview(sample(name)[:cut]), RECIPE)
        assert broken is None or isinstance(broken, list)


def test_the_parameters_are_written_as_a1111_does() -> None:
    params = {"prompt": "cat", "negative_prompt": "dog", "steps": 20, "guidance": 7.5, "width": 512, "height": 768}
    assert a1111_text(params, 3) == "cat\nNegative prompt: dog\nSteps: 20, CFG scale: 7.5, Seed: 3, Size: 512x768"
    assert a1111_text({"prompt": "cat", "model": "a, b: c"}, None) == 'cat\nModel: "a, b: c"'


def test_the_pictures_of_these_tests_are_not_plain() -> None:
    colours = picture().getcolors(10_000)
    assert colours is not None and len(colours) > 10
