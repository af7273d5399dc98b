"""Read Markdown into plain blocks and spans, which both renderers draw from.

The blocks are data and nothing else: raw HTML, template code and links of unsafe schemes stay literal text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NotRequired, TypedDict

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_SAFE_LINK: Final = re.compile(r"(https?://|mailto:)\S+", re.IGNORECASE)
# Word processors refuse control characters, and lone surrogates cannot be written at all.
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_QUOTES: Final = {
    "en": "\u201c\u201d\u2018\u2019",
    "de": "\u201e\u201c\u201a\u2018",
    "fr": ["«\u00a0", "\u00a0»", "\u2039\u00a0", "\u00a0\u203a"],
    "es": "«»\u201c\u201d",
    "it": "«»\u201c\u201d",
}
_STYLES: Final = {"strong": "strong", "em": "emphasis", "s": "strike"}


class Span(TypedDict):
    """A run of text in one style; a line end in the text is a line break."""

    text: str
    styles: list[str]
    link: str
    image: str


class Block(TypedDict):
    """A block of a document; which keys are there depends on `kind`."""

    kind: Literal["heading", "paragraph", "list", "code", "quote", "table", "image", "rule"]
    spans: NotRequired[list[Span]]
    level: NotRequired[int]
    tight: NotRequired[bool]
    start: NotRequired[int | None]
    items: NotRequired[list[list[Block]]]
    blocks: NotRequired[list[Block]]
    text: NotRequired[str]
    language: NotRequired[str]
    source: NotRequired[str]
    width: NotRequired[float]
    height: NotRequired[float]
    aligns: NotRequired[list[str]]
    rows: NotRequired[list[list[list[Span]]]]


def read(markdown: str, *, language: str = "en") -> list[Block]:
    """Read CommonMark with tables and strikethrough into blocks.

    Args:
        markdown: The text; it is only ever data.
        language: Its language, for the shape of quotation marks.
    """
    parser = MarkdownIt(
        "commonmark", {"html": False, "typographer": True, "quotes": _QUOTES.get(language, _QUOTES["en"])}
    ).enable(["table", "strikethrough", "smartquotes"])
    return _blocks(SyntaxTreeNode(parser.parse(clean(markdown))))


def clean(text: str) -> str:
    """Drop the characters that no document can hold."""
    return _UNPRINTABLE.sub("", text)


def _blocks(parent: SyntaxTreeNode) -> list[Block]:
    return [block for node in parent.children for block in _block(node)]


def _block(node: SyntaxTreeNode) -> Iterator[Block]:
    match node.type:
        case "heading":
            yield {"kind": "heading", "level": int(node.tag[1]), "spans": _inline(node)}
        case "paragraph":
            yield from _paragraph(node)
        case "bullet_list" | "ordered_list":
            yield _list(node)
        case "fence" | "code_block":
            yield {"kind": "code", "text": node.content.rstrip("\n"), "language": (node.info.split() or [""])[0]}
        case "blockquote":
            yield {"kind": "quote", "blocks": _blocks(node)}
        case "table":
            yield _table(node)
        case "hr":
            yield {"kind": "rule"}


def _list(node: SyntaxTreeNode) -> Block:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    return {"kind": "list", "start": start, "items": [_blocks(item) for item in node.children]}


def _paragraph(node: SyntaxTreeNode) -> Iterator[Block]:
    """Split a paragraph at its pictures: they stand alone, as figures."""
    tight = bool(node.hidden)
    run: list[Span] = []
    for span in _inline(node):
        if not span["image"]:
            run.append(span)
            continue
        yield from _text(run, tight=tight)
        yield {"kind": "image", "source": span["image"], "text": span["text"]}
        run = []
    yield from _text(run, tight=tight)


def _text(run: list[Span], *, tight: bool) -> Iterator[Block]:
    if any(span["text"].strip() for span in run):
        yield {"kind": "paragraph", "spans": run, "tight": tight}


def _table(node: SyntaxTreeNode) -> Block:
    rows = [row for part in node.children for row in part.children]
    aligns = [str(cell.attrs.get("style", "")).rpartition(":")[2] or "left" for cell in rows[0].children]
    return {"kind": "table", "aligns": aligns, "rows": [[_inline(cell) for cell in row.children] for row in rows]}


def _inline(node: SyntaxTreeNode) -> list[Span]:
    return [span for inline in node.children for span in _spans(inline, [], "")]


def _spans(node: SyntaxTreeNode, styles: list[str], link: str) -> Iterator[Span]:
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                code = ["code"] if child.type == "code_inline" else []
                yield {"text": child.content, "styles": [*styles, *code], "link": link, "image": ""}
            case "softbreak" | "hardbreak":
                text = " " if child.type == "softbreak" else "\n"
                yield {"text": text, "styles": styles, "link": link, "image": ""}
            case "image":
                yield {"text": child.content, "styles": styles, "link": "", "image": str(child.attrs["src"])}
            case "link":
                yield from _spans(child, styles, _safe(str(child.attrs["href"])))
            case _:
                yield from _spans(child, [*styles, _STYLES[child.type]], link)


def _safe(href: str) -> str:
    return href if _SAFE_LINK.fullmatch(href) else ""
