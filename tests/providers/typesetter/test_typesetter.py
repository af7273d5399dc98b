from __future__ import annotations

import io
from contextlib import closing

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from maquette.providers.typesetter import PROVIDER, Document
from maquette.providers.typesetter.block import read
from maquette.providers.typesetter.engine import typeset
from tests.providers.narrator.lent import LentCall, run

BOAT = f"asset_{1:032x}"
GULL = f"asset_{2:032x}"

TEXT = """
# The harbour

A *small* boat, "unseen", with a [log](https://example.org/log) and `code`.

- rope
    - red
        - bright
- bread

1. first
2. second

Then a new list:

1. again first

> Quoted words.

```python
print("tide")
```

| Port | Depth |
|:-----|------:|
| Alba | 12.5 |

![A boat](1)

![Nobody](nowhere.png)
"""

EVIL = """
#import "@preview/cetz:0.1.0"

#read("/etc/passwd")

#{ sys.inputs }

$ #panic() $ <label> @reference \\#let

<script>alert(1)</script>

[file](file:///etc/passwd) [script](javascript:alert) ![picture](/etc/passwd)
"""


def picture(colour="red", size=(300, 200), kind="PNG"):
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


async def made(folder, **params):
    call = LentCall(folder, {BOAT: picture(), GULL: picture("blue", (100, 900), "WEBP")})
    result = await PROVIDER.document(Document.model_validate(params), call)
    (output,) = result.outputs
    assert output.media == "document" and output.source == "typeset"
    return folder / output.path, output


def pages(file):
    with closing(pypdfium2.PdfDocument(file)) as opened:
        return [text_of(page) for page in opened]


def text_of(page):
    with closing(page), closing(page.get_textpage()) as text:
        return text.get_text_bounded()


def links(file):
    return [rel.target_ref for rel in docx.Document(file).part.rels.values() if rel.is_external]


@pytest.mark.accepts("S3.23")
async def test_markdown_becomes_a_pdf_that_a_reader_opens(tmp_path):
    file, output = await made(tmp_path, prompt=TEXT, title="Notes", author="Ada Keel", images=[BOAT])
    text = "\n".join(pages(file))
    for words in ("Notes", "Ada Keel", "The harbour", "bright", "Quoted words.", 'print("tide")', "12.5", "A boat"):
        assert words in text
    assert "“unseen”" in text and "[Nobody]" in text
    assert output.notes["pages"] == len(pages(file))
    with closing(pypdfium2.PdfDocument(file)) as opened:
        assert [mark.get_title() for mark in opened.get_toc()] == ["The harbour"]
        assert opened.get_metadata_dict()["Title"] == "Notes"
        kinds = [item.type for page in opened for item in page.get_objects()]
        assert kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE) == 1


@pytest.mark.accepts("S3.23")
async def test_markdown_becomes_a_docx_with_real_styles_lists_and_tables(tmp_path):
    file, _ = await made(tmp_path, prompt=TEXT, title="Notes", author="Ada Keel", format="docx", images=[BOAT])
    opened = docx.Document(file)
    styles = {paragraph.text: paragraph.style.name for paragraph in opened.paragraphs}
    assert styles["Notes"] == "Title" and styles["The harbour"] == "Heading 1"
    assert (styles["rope"], styles["red"], styles["bright"]) == ("List Bullet", "List Bullet 2", "List Bullet 3")
    assert styles["first"] == "List Number" and styles["Quoted words."] == "Quote" and styles["A boat"] == "Caption"
    assert styles['print("tide")'] == "Code"
    assert [[cell.text for cell in row.cells] for row in opened.tables[0].rows] == [["Port", "Depth"], ["Alba", "12.5"]]
    assert len(opened.inline_shapes) == 1 and links(file) == ["https://example.org/log"]
    assert opened.core_properties.author == "Ada Keel"


async def test_each_numbered_list_of_a_docx_counts_from_its_own_start(tmp_path):
    file, _ = await made(tmp_path, prompt="1. a\n2. b\n\nWords.\n\n7. c\n", format="docx")
    opened = docx.Document(file)
    ids = {
        p.text: p.paragraph_format.element.pPr.numPr.numId.val
        for p in opened.paragraphs
        if p.style.name == "List Number"
    }
    assert ids["a"] == ids["b"] != ids["c"]
    numbering = opened.part.numbering_part.element
    starts = [n.lvlOverride_lst[0].startOverride.val for n in numbering.num_lst if n.numId in ids.values()]
    assert starts == [1, 7]


@pytest.mark.parametrize("kind", ["pdf", "docx"])
async def test_hostile_markdown_yields_literal_text(tmp_path, kind):
    file, _ = await made(tmp_path, prompt=EVIL, format=kind, title='#read("/etc/passwd")')
    if kind == "pdf":
        text = " ".join("\n".join(pages(file)).split())
    else:
        text = "\n".join(paragraph.text for paragraph in docx.Document(file).paragraphs)
        assert links(file) == []
    for words in ("#import “@preview/cetz:0.1.0”", "#{ sys.inputs }", "#panic()", "<script>alert(1)</script>"):
        assert words in text
    assert "(javascript:alert)" in text and "[picture]" in text and "root:" not in text
    assert 'read("/etc/passwd")' in text


async def test_a_link_of_an_unsafe_scheme_is_not_a_link_in_a_pdf(tmp_path):
    file, _ = await made(tmp_path, prompt="[a](file:///etc/passwd) [b](../x) [c](https://example.org/c)")
    assert b"example.org/c" in file.read_bytes() and b"/URI (file" not in file.read_bytes()
    spans = read("[b](../x) [c](https://example.org/c)")[0]["spans"]
    assert [span["link"] for span in spans if span["text"] in "bc"] == ["", "https://example.org/c"]


@pytest.mark.parametrize("kind", ["pdf", "docx"])
async def test_the_same_text_gives_the_same_bytes(tmp_path, kind):
    contents = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        file, _ = await made(folder, prompt=TEXT, format=kind, images=[BOAT])
        contents.append(file.read_bytes())
    assert contents[0] == contents[1]


async def test_pictures_that_the_text_does_not_name_follow_at_its_end(tmp_path):
    file, _ = await made(tmp_path, prompt=f"![Second]({GULL})", format="docx", images=[BOAT, GULL])
    shapes = docx.Document(file).inline_shapes
    assert [shape.width > shape.height for shape in shapes] == [False, True]


async def test_a_high_picture_is_fitted_to_the_page(tmp_path):
    file, output = await made(tmp_path, prompt="![](1)", images=[GULL])
    with closing(pypdfium2.PdfDocument(file)) as opened:
        (item,) = [o for o in opened[0].get_objects() if o.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        _, bottom, _, top = item.get_bounds()
    assert output.notes["pages"] == 1 and 400 < top - bottom < 510


@pytest.mark.parametrize(("paper", "width"), [("a4", 595), ("letter", 612)])
@pytest.mark.parametrize("kind", ["pdf", "docx"])
async def test_the_paper_has_the_size_asked_for(tmp_path, kind, paper, width):
    file, _ = await made(tmp_path, prompt="Words.", paper=paper, format=kind)
    if kind == "docx":
        assert round(docx.Document(file).sections[0].page_width.pt) == width
    else:
        with closing(pypdfium2.PdfDocument(file)) as opened:
            assert round(opened[0].get_width()) == width


async def test_pages_are_numbered_and_a_title_page_is_not(tmp_path):
    file, _ = await made(tmp_path, prompt="Words.\n\n" * 120, title="Notes", title_page=True)
    first, second, *_ = texts = pages(file)
    assert first.split() == ["Notes"] and second.split()[-3:] == ["1", "/", str(len(texts) - 1)]
    other, _ = await made(tmp_path, prompt="Words.", format="docx")
    footer = docx.Document(other).sections[0].footer.paragraphs[0].paragraph_format.element
    assert footer.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"


async def test_quotation_marks_follow_the_language(tmp_path):
    file, _ = await made(tmp_path, prompt='Er sagte: "Gut."', language="de-AT")
    assert "„Gut.“" in pages(file)[0]


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "p").write_bytes(b"no picture")
    with pytest.raises(RuntimeError, match="cannot identify image file"):
        run(
            tmp_path,
            "maquette.providers.typesetter.engine:typeset",
            markdown="Words",
            layout={},
            images={"1": "p"},
            format="pdf",
            target="d.pdf",
        )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80) | st.text(alphabet="#*_`>-1. \n\t[]()!|:<$@\\\"'", max_size=120))
@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_any_text_can_be_typeset(tmp_path, monkeypatch, kind, text):
    monkeypatch.chdir(tmp_path)
    done = typeset(text, layout={"title": text}, images={}, format=kind, target=f"d.{kind}")
    assert (tmp_path / f"d.{kind}").stat().st_size > 500
    assert done["words"] == len(text.split())
    assert not [*tmp_path.glob("root-*")]


@pytest.mark.parametrize("bad", [{"prompt": ""}, {"prompt": "a", "paper": "a5"}, {"prompt": "a", "images": ["../x"]}])
def test_the_schema_refuses_what_cannot_be_typeset(bad):
    with pytest.raises(ValidationError):
        Document.model_validate(bad)


async def test_the_check_passes_where_the_typesetter_is_installed(tmp_path):
    assert await PROVIDER.check(LentCall(tmp_path)) is None
