"""The forms of an article: one way to read each, and one to put pictures into it."""

from __future__ import annotations

from collections.abc import Sequence

from . import article_docx, article_html, article_markdown
from .article import Article, Figure, Form, Unreadable

MIMES: dict[Form, str] = {
    "markdown": "text/markdown",
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
EXTENSIONS: dict[Form, str] = {"markdown": "md", "html": "html", "docx": "docx"}


def form_of(name: str, mime: str) -> Form | None:
    """Tell the form of a file by what it holds, and where that is plain text by how it is called."""
    if mime == MIMES["docx"]:
        return "docx"
    if mime == MIMES["html"]:
        return "html"
    extension = name.rpartition(".")[2].lower()
    if mime.startswith("text/"):
        return "html" if extension in ("html", "htm") else "markdown"
    return None


def read(form: Form, data: bytes) -> Article:
    """Return what an article is made of; raises `Unreadable`."""
    if form == "docx":
        return article_docx.read(data)
    text = _text(data)
    return article_html.read(text) if form == "html" else article_markdown.read(text)


def illustrated(form: Form, data: bytes, figures: Sequence[Figure]) -> bytes:
    """Return the document with pictures at their places; raises `Unreadable`."""
    if form == "docx":
        return article_docx.illustrated(data, figures)
    text = _text(data)
    made = article_html.illustrated(text, figures) if form == "html" else article_markdown.illustrated(text, figures)
    return made.encode()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("its text is not written in UTF-8") from error
