"""Render blocks to DOCX with the styles, lists and tables of a word processor."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from maquette.providers.typesetter.block import Block, Span
from maquette.providers.typesetter.engine import Layout

_ALIGNS: Final = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
_MONOSPACED: Final = "Courier New"
_DEEPEST: Final = 3
# The oldest date that a zip archive can hold: with a real one the same text would give other bytes every time.
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


def write(blocks: list[Block], layout: Layout, root: Path, target: Path) -> int:
    """Write a DOCX; returns 0, for only the program that opens it lays out its pages."""
    document = Document()
    _prepare(document, layout)
    _title(document, layout)
    _Writer(document, root).write(blocks, 0)
    made = BytesIO()
    document.save(made)
    _undated(made, target)
    return 0


class _Writer:
    """Append blocks to a document."""

    def __init__(self, document: DocumentType, root: Path) -> None:
        self._document = document
        self._root = root

    def write(self, blocks: list[Block], depth: int, style: str | None = None) -> None:
        """Append `blocks`, `depth` lists deep, their paragraphs in `style`."""
        for block in blocks:
            self._drawer(block)(block, depth, style)

    def _drawer(self, block: Block) -> Callable[[Block, int, str | None], None]:
        return {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "list": self._list,
            "code": self._code,
            "quote": self._quote,
            "table": self._table,
            "image": self._image,
            "rule": self._rule,
        }[block["kind"]]

    def _heading(self, block: Block, _depth: int, _style: str | None) -> None:
        _fill(self._document.add_heading(level=block["level"]), block["spans"])

    def _paragraph(self, block: Block, depth: int, style: str | None) -> None:
        _fill(self._document.add_paragraph(style=style or _continued(depth)), block["spans"])

    def _list(self, block: Block, depth: int, _style: str | None) -> None:
        start = block["start"]
        style = _numbered("List Bullet" if start is None else "List Number", min(depth + 1, _DEEPEST))
        number = None if start is None else _new_numbering(self._document, style, start)
        for item in block["items"]:
            first, rest = (item[:1], item[1:]) if item and item[0]["kind"] == "paragraph" else ([], item)
            paragraph = self._document.add_paragraph(style=style)
            if number is not None:
                _number(paragraph, number)
            for block_ in first:
                _fill(paragraph, block_["spans"])
            self.write(rest, depth + 1)

    def _code(self, block: Block, _depth: int, _style: str | None) -> None:
        self._document.add_paragraph(block["text"], style="Code")

    def _quote(self, block: Block, depth: int, _style: str | None) -> None:
        self.write(block["blocks"], depth, "Quote")

    def _table(self, block: Block, _depth: int, _style: str | None) -> None:
        rows = block["rows"]
        table = self._document.add_table(len(rows), len(block["aligns"]), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - no public way
        for number, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
            for cell, spans, align in zip(row.cells, cells, block["aligns"], strict=False):
                paragraph = cell.paragraphs[0]
                paragraph.alignment = _ALIGNS[align]
                _fill(paragraph, [_bold(span) for span in spans] if number == 0 else spans)
        self._document.add_paragraph()

    def _image(self, block: Block, _depth: int, _style: str | None) -> None:
        file = self._root / block["source"]
        self._document.add_picture(str(file), width=Pt(block["width"]), height=Pt(block["height"]))
        picture = self._document.paragraphs[-1]
        picture.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for properties in picture._p.iter(qn("wp:docPr")):  # noqa: SLF001 - no public way
            properties.set("descr", block["text"])
        if block["text"]:
            picture.paragraph_format.keep_with_next = True
            caption = self._document.add_paragraph(block["text"], style="Caption")
            caption.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _rule(self, _block: Block, _depth: int, _style: str | None) -> None:
        paragraph = self._document.add_paragraph("⁂")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _prepare(document: DocumentType, layout: Layout) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Pt(layout.page[0]), Pt(layout.page[1])
    section.left_margin = section.right_margin = Pt(layout.margin)
    _styles(document, layout.font_size)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    footer._p.append(field)  # noqa: SLF001 - no public way
    properties = document.core_properties
    properties.title, properties.author = layout.title, layout.author
    properties.language, properties.comments = layout.language, ""
    # The library's own template brings the day on which that was made.
    core = properties._element  # noqa: SLF001 - no public way
    for name in ("dcterms:created", "dcterms:modified"):
        for element in core.findall(qn(name)):
            core.remove(element)


def _styles(document: DocumentType, font_size: float) -> None:
    normal = _style(document, "Normal")
    normal.font.name, normal.font.size = "Cambria", Pt(font_size)
    normal.paragraph_format.space_after = Pt(font_size * 0.6)
    normal.paragraph_format.line_spacing = 1.2
    code = document.styles.add_style("Code", WD_STYLE_TYPE.PARAGRAPH)
    if isinstance(code, ParagraphStyle):
        code.base_style = normal
        code.font.name, code.font.size = _MONOSPACED, Pt(font_size * 0.85)
        code.paragraph_format.left_indent = Pt(font_size)
        code.paragraph_format.keep_together = True
    link = document.styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb, link.font.underline = RGBColor(0x1F, 0x4E, 0x8C), True


def _style(document: DocumentType, name: str) -> ParagraphStyle:
    style = document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f'"{name}" is no paragraph style')
    return style


def _title(document: DocumentType, layout: Layout) -> None:
    if not layout.title:
        return
    document.add_paragraph(layout.title, style="Title")
    if layout.author:
        document.add_paragraph(layout.author, style="Subtitle")
    if layout.title_page:
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _fill(paragraph: Paragraph, spans: list[Span]) -> None:
    for span in spans:
        run = paragraph.add_run(span["text"])
        styles = span["styles"]
        run.bold = "strong" in styles or None
        run.italic = "emphasis" in styles or None
        run.font.strike = "strike" in styles or None
        if "code" in styles:
            run.font.name = _MONOSPACED
        if span["link"]:
            _link(paragraph, run, span["link"])


def _link(paragraph: Paragraph, run: Run, href: str) -> None:
    run.style = "Hyperlink"
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run._r.addprevious(link)  # noqa: SLF001 - no public way
    link.append(run._r)  # noqa: SLF001


def _bold(span: Span) -> Span:
    return {**span, "styles": [*span["styles"], "strong"]}


def _numbered(name: str, depth: int) -> str:
    return name if depth == 1 else f"{name} {depth}"


def _continued(depth: int) -> str | None:
    return _numbered("List Continue", min(depth, _DEEPEST)) if depth else None


def _new_numbering(document: DocumentType, style: str, start: int) -> int:
    """Make a list of its own that counts from `start`: lists of one style would else count on from each other."""
    numbering = document.part.numbering_part.element
    styled = _style(document, style).element.pPr.numPr.numId.val
    made = numbering.add_num(numbering.num_having_numId(styled).abstractNumId.val)
    made.add_lvlOverride(ilvl=0).add_startOverride(start)
    return int(made.numId)


def _number(paragraph: Paragraph, number: int) -> None:
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()  # noqa: SLF001 - no public way
    properties.get_or_add_ilvl().val = 0
    properties.get_or_add_numId().val = number


def _undated(made: BytesIO, target: Path) -> None:
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for entry in source.infolist():
            undated = copy.copy(entry)
            undated.date_time = _NO_DATE
            written.writestr(undated, source.read(entry))
