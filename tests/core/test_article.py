"""Articles in three forms: where their pictures go, and that not a byte of them changes but there."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import docx
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from maquette.core import article_form
from maquette.core.article import Article, Figure, Form, Source, Unreadable, drafted, places

FOLDER = Path(__file__).parent / "articles"
FILES: dict[Form, str] = {"markdown": "bread.md", "html": "lamps.html", "docx": "railway.docx"}
FORMS = list(FILES)
GOLDEN: dict[Form, list[str]] = {
    "markdown": ["The flour", "A jar that is alive", "Mixing, and then nothing", "Shaping", "Heat and steam", "Notes"],
    "html": ["A pole, a hook and a flame", "What a night was worth", "The women of the war years", "The last round"],
    "docx": [
        "What to carry", "The first day: the valley", "The second day: three tunnels", "How the bats are counted",
        "The third day: the viaduct", "When to go",
    ],
}  # fmt: skip


def loaded(form: Form) -> tuple[bytes, Article]:
    data = (FOLDER / FILES[form]).read_bytes()
    return data, article_form.read(form, data)


def picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 40)).save(held, "PNG")
    return held.getvalue()


def figures(found: Article, count: int = 3) -> list[Figure]:
    made = [Figure(found.opening, found.title, "", "images/featured.png", 60, 40, content=picture())]
    for number, section in enumerate(places(found.sections, count)):
        draft = drafted(found.title, section)
        name = f"images/{number}.png"
        made.append(Figure(section.at, draft.alt, draft.caption, name, 60, 40, content=picture()))
    return made


@pytest.mark.accepts("S4.14")
@pytest.mark.parametrize("form", FORMS)
def test_the_sections_of_a_real_article_are_found(form: Form) -> None:
    _, found = loaded(form)
    assert [section.heading for section in found.sections if section.heading] == GOLDEN[form]
    assert found.title in ("Bread from four things", "The lamplighters of the river town", "Walking the old railway")
    assert 500 <= found.words <= 5000


@pytest.mark.accepts("S4.42", "S1.63")
@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_text_comes_back_with_its_pictures_as_it_is_written_down(form: Form) -> None:
    data, found = loaded(form)
    made = article_form.illustrated(form, data, figures(found))
    golden = FOLDER / f"illustrated.{article_form.EXTENSIONS[form]}.golden"
    assert made.decode() == golden.read_text(encoding="utf-8")


@pytest.mark.accepts("S4.42")
@pytest.mark.parametrize("form", ["markdown", "html"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_without_what_was_put_in_it_is_the_same_to_the_byte(form: Form, end: str) -> None:
    data = (FOLDER / FILES[form]).read_bytes().replace(b"\n", end.encode())
    found = article_form.read(form, data)
    made = article_form.illustrated(form, data, figures(found, 5))
    before = [each.at for each in sorted(figures(found, 5), key=lambda each: each.at)]
    text, whole = data.decode(), made.decode()
    pieces = [text[start:stop] for start, stop in zip([0, *before], [*before, len(text)], strict=True)]
    at = 0
    for piece in pieces:
        at = whole.index(piece, at) + len(piece)
    assert len(made) - len(data) == sum(len(part.encode()) for part in _between(whole, pieces))
    if end == "\r\n":
        assert not re.search(r"(?<!\r)\n", whole)


def _between(whole: str, pieces: list[str]) -> list[str]:
    found, at = list[str](), 0
    for piece in pieces:
        start = whole.index(piece, at)
        found.append(whole[at:start])
        at = start + len(piece)
    return [*found, whole[at:]]


@pytest.mark.accepts("S4.42")
def test_every_picture_of_markdown_is_one_for_another_reader_too() -> None:
    data, found = loaded("markdown")
    made = article_form.illustrated("markdown", data, figures(found, 5)).decode()
    shown = MarkdownIt("commonmark").enable("table").render(made)
    plain = MarkdownIt("commonmark").enable("table").render(data.decode())
    images = re.findall(r'<p><img src="([^"]+)" alt="([^"]+)" />', shown)
    assert len(images) == 6
    assert all(alt for _, alt in images)
    stripped = re.sub(r"<p><img[^>]*>\n?(<em>.*?</em>)?</p>\n", "", shown)
    assert stripped == plain


@pytest.mark.accepts("S4.42", "S1.63")
def test_a_word_document_holds_every_picture_and_all_else_of_it_stays() -> None:
    data, found = loaded("docx")
    asked = figures(found)
    made = article_form.illustrated("docx", data, asked)
    read = docx.Document(io.BytesIO(made))
    assert len(read.inline_shapes) == 4
    described = [shape._inline.docPr.get("descr") for shape in read.inline_shapes]
    assert described == [each.alt for each in asked]
    before = [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]
    after = [paragraph.text for paragraph in read.paragraphs]
    numbers = re.findall(rb'<wp:docPr id="(\d+)"', zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml"))
    assert len(numbers) == len(set(numbers)) == 4
    captions = [each.caption for each in asked if each.caption]
    assert len(after) == len(before) + 4 + len(captions)
    old, new = zipfile.ZipFile(io.BytesIO(data)), zipfile.ZipFile(io.BytesIO(made))
    changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert changed == {"word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"} - _same(old)
    main, whole = old.read("word/document.xml"), new.read("word/document.xml")
    places_of = sorted(each.at for each in asked)
    pieces = [main[start:stop] for start, stop in zip([0, *places_of], [*places_of, len(main)], strict=True)]
    at = 0
    for piece in pieces:
        at = whole.index(piece, at) + len(piece)
    assert at == len(whole)


def _same(archive: zipfile.ZipFile) -> set[str]:
    return {"[Content_Types].xml"} if b'Extension="png"' in archive.read("[Content_Types].xml") else set()


def test_a_picture_stands_apart_from_what_follows_without_an_empty_line() -> None:
    text = "# A\nOne.\n## B\nTwo.\n```\ncode\n```\nThree\n- item\n\n  in it\n\nFour"
    found = article_form.read("markdown", text.encode())
    there = [Figure(each.at, "alt", "", "p.png", 1, 1) for each in found.sections]
    made = article_form.illustrated("markdown", text.encode(), there).decode()
    assert made == text.replace("One.\n", "One.\n\n![alt](<p.png>)\n\n").replace(
        "Two.\n", "Two.\n\n![alt](<p.png>)\n\n"
    )
    shown = MarkdownIt("commonmark").render(made)
    assert shown.count('<p><img src="p.png" alt="alt" /></p>') == 2


def test_an_element_that_is_never_closed_ends_with_its_paragraph() -> None:
    text = "<h1>T<i>x</h1><p>One <b>two</p><h2>S</h2><p>Three</p><ul><li><p>Four</ul><h2>R</h2><p>Five"
    found = article_form.read("html", text.encode())
    assert [(each.heading, each.text) for each in found.sections] == [("", "One two"), ("S", "Three"), ("R", "Five")]


def test_html_names_sizes_and_the_pictures_for_wide_and_narrow_screens() -> None:
    figure = Figure(
        3, 'A "kite" & more', "Up <high>", "a.webp", 1200, 800, [Source("s.webp", 320), Source("m.webp", 1024)],
        wide="w.webp", narrow="n.webp",
    )  # fmt: skip
    made = article_form.illustrated("html", b"<p>x", [figure]).decode()
    assert made.startswith("<p>\n<figure>")
    assert made.endswith("</figure>x")
    assert '<source media="(max-width: 640px)" srcset="n.webp">' in made
    assert '<source media="(min-width: 1200px)" srcset="w.webp">' in made
    assert 'srcset="s.webp 320w, m.webp 1024w, a.webp 1200w"' in made
    assert 'alt="A &quot;kite&quot; &amp; more"' in made
    assert "<figcaption>Up &lt;high&gt;</figcaption>" in made


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("markdown", b"\xff\xfe\x00bad"),
        ("docx", b"no archive"),
        ("docx", b"PK\x03\x04broken"),
    ],
)
def test_what_is_none_of_them_is_refused(form: Form, data: bytes) -> None:
    with pytest.raises(Unreadable):
        article_form.read(form, data)


def test_a_word_document_with_an_entity_is_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types></Types>")
        archive.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "aa">]><w>&a;</w>')
    with pytest.raises(Unreadable, match="document type"):
        article_form.read("docx", held.getvalue())


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_whatever_is_cut_or_scrambled_is_read_and_given_back(form: Form) -> None:
    text = (FOLDER / FILES[form]).read_text(encoding="utf-8")
    chance = random.Random(7)
    for _ in range(60):
        start = chance.randrange(len(text))
        broken = text[start : start + chance.randrange(1, 900)] + text[: chance.randrange(200)]
        found = article_form.read(form, broken.encode())
        figures_there = [Figure(section.at, "a", "", "b", 1, 1) for section in found.sections]
        made = article_form.illustrated(form, broken.encode(), figures_there).decode()
        assert made.count("](<b>)") + made.count('src="b"') == len(found.sections)
        assert len(made) >= len(broken)


def test_pictures_are_spread_and_lists_of_references_get_none() -> None:
    _, found = loaded("markdown")
    assert [section.heading for section in places(found.sections, 2)] == ["A jar that is alive", "Shaping"]
    assert "Notes" not in [section.heading for section in places(found.sections, 5)]
