"""Markdown: find the paragraphs behind which a picture may stand, and put pictures there.

Only what is certain counts as a paragraph: code, lists, quotes, tables, HTML and definitions are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile

from .article import Article, Figure, Gathering
from .article_html import picture

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
_DEFINED = re.compile(r" {0,3}\[[^\]]+\]:")
_TABLE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-*:?[ \t]*)+$")
_HTML = re.compile(r" {0,3}<(?=[a-zA-Z/!?])")
_LONG = (
    ("<!--", "-->"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<pre", "</pre>"),
    ("<textarea", "</textarea>"),
)
_PLAIN = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]+>|[*_`~]+")
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(?:.*\r?\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)")
_SPECIAL = re.compile(r"([\\\[\]`*_<>&#|~])")

Lines = Sequence[tuple[str, int]]


def read(text: str) -> Article:
    """Return the sections of an article in Markdown."""
    front = _FRONT.match(text)
    start = front.end() if front else 0
    gathering, lines = Gathering(), _lines(text, start)
    at = 0
    while at < len(lines):
        at = _block(lines, at, gathering)
    named = re.search(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*\r?$", front[0], re.MULTILINE) if front else None
    return gathering.done(start, named[1] if named else "")


def _lines(text: str, start: int) -> list[tuple[str, int]]:
    """Return each line without its end, with the offset behind that."""
    found, at = list[tuple[str, int]](), start
    for line in re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text[start:]):
        at += len(line)
        found.append((line.rstrip("\r\n").lstrip("\ufeff"), at))
    return found


def _block(lines: Lines, at: int, gathering: Gathering) -> int:
    """Read one block and return where the next one begins."""
    line = lines[at][0]
    if found := _ATX.match(line):
        gathering.heading(_words(found[2] or ""), len(found[1]), lines[at][1])
    if found or not line.strip():
        return at + 1
    if found := _FENCE.match(line):
        return _passed(lines, at + 1, gathering, lambda each: _closes(each, found[1]), inclusive=True)
    if _HTML.match(line) or (_ITEM.match(line) and not _RULE.match(line)):
        return (_markup if _HTML.match(line) else _list)(lines, at, gathering)
    if line.startswith(("    ", "\t")) or _RULE.match(line) or _DEFINED.match(line) or line.lstrip().startswith(">"):
        return _passed(lines, at + 1, gathering, lambda each: not each.strip() or _RULE.match(line) is not None)
    return _paragraph(lines, at, gathering)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(line) - len(line.lstrip()) <= 3 and bare.startswith(fence) and set(bare) == {fence[0]}


def _passed(
    lines: Lines, at: int, gathering: Gathering, ends: Callable[[str], bool], *, inclusive: bool = False
) -> int:
    """Pass over lines until one ends the block."""
    gathering.other(lines[at - 1][0])
    while at < len(lines) and not ends(lines[at][0]):
        gathering.other(lines[at][0])
        at += 1
    return at + 1 if inclusive else at


def _list(lines: Lines, at: int, gathering: Gathering) -> int:
    """Pass over a list: what is indented, or follows without an empty line, belongs to it."""
    blank = False
    while at < len(lines):
        line = lines[at][0]
        if blank and line.strip() and not line.startswith((" ", "\t")) and not _ITEM.match(line):
            return at
        if not blank and _ATX.match(line):
            return at
        blank = not line.strip()
        gathering.other(line)
        at += 1
    return at


def _markup(lines: Lines, at: int, gathering: Gathering) -> int:
    """Pass over HTML: some elements end by their own sign, all others with an empty line."""
    line = lines[at][0].lstrip().lower()
    end = next((end for start, end in _LONG if line.startswith(start)), None)
    if end is None:
        return _passed(lines, at + 1, gathering, lambda each: not each.strip())
    if end in line:
        gathering.other(line)
        return at + 1
    return _passed(lines, at + 1, gathering, lambda each: end in each.lower(), inclusive=True)


def _paragraph(lines: Lines, at: int, gathering: Gathering) -> int:
    block = [at + n for n, _ in enumerate(takewhile(lambda each: _goes_on(each[0]), lines[at + 1 :]), 1)]
    last = block[-1] if block else at
    for number in block:
        if _UNDERLINE.match(lines[number][0]):
            words = " ".join(lines[each][0] for each in range(at, number))
            gathering.heading(_words(words), 1 if "=" in lines[number][0] else 2, lines[number][1])
            return number + 1
    text = " ".join(lines[each][0] for each in range(at, last + 1))
    if block and _TABLE.match(lines[block[0]][0]):
        gathering.other(text)
    else:
        gathering.paragraph(_words(text), lines[last][1])
    return last + 1


def _goes_on(line: str) -> bool:
    if _UNDERLINE.match(line):
        return True
    begins = (_ATX, _FENCE, _ITEM, _HTML, _RULE)
    return bool(line.strip()) and not line.lstrip().startswith(">") and not any(each.match(line) for each in begins)


def _words(text: str) -> str:
    return " ".join(_PLAIN.sub(lambda found: found[1] or "", text).split())


def illustrated(text: str, figures: Sequence[Figure]) -> str:
    """Return the text with pictures at their places; all else stays as it is, to the byte."""
    end = "\r\n" if "\r\n" in text else "\n"
    pieces, at = list[str](), 0
    for figure in sorted(figures, key=lambda each: each.at):
        before, rest = text[at : figure.at], text[figure.at :]
        pieces.append(before)
        gap = "" if figure.at == 0 or text[: figure.at].endswith(("\n", "\r")) else end
        lead = "" if figure.at == 0 else end
        tail = "" if rest[:1] in ("\n", "\r") else end
        pieces.append(gap + lead + _written(figure, end) + end + tail)
        at = figure.at
    return "".join([*pieces, text[at:]])


def _written(figure: Figure, end: str) -> str:
    if figure.wide or figure.narrow:
        return picture(figure, end)
    caption = f"{end}*{_escaped(figure.caption)}*" if figure.caption else ""
    return f"![{_escaped(figure.alt)}](<{figure.address}>)" + caption


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
