"""Exports of chats by other programs: a list of messages, or a tree of them, read into plain conversations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .conversation import MOST_TEXT, MOST_TITLE, SPEAKERS, Speaker, title_of
from .errors import ParamsInvalid

MOST_MESSAGES = 5_000
"""Most messages of one conversation."""
MOST_CONVERSATIONS = 200
"""Most conversations of one import."""

_SHOWN = 50
_OTHER_NAMES: Mapping[str, Speaker] = {"developer": "system", "human": "user", "ai": "assistant", "function": "tool"}
Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it was found."""

    role: Speaker
    text: str
    at: int | None = None
    """When it was said, in ms since 1970."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation as it was found."""

    title: str
    lines: Sequence[Line]
    at: int | None = None
    legacy_id: str | None = None
    skipped: int = 0
    """Messages without any text, such as pictures, which were left out."""


def read(document: Any) -> list[Talk]:
    """Return the conversations of an export; raises `ParamsInvalid` with the path of each fault.

    A list of `{role, content}`, such a list as `messages` of an object, an object with a `mapping` of nodes by their
    ids, each with its `parent` and `message`, and a list of such objects are understood.
    """
    faults = list[Fault]()
    found = [_talk(each, path, faults) for path, each in _several(document)]
    if not faults and not any(talk.lines for talk in found):
        faults.append({"path": "document", "message": "holds no message"})
    if faults:
        raise refused(faults)
    return [talk for talk in found if talk.lines]


def refused(faults: Sequence[Fault]) -> ParamsInvalid:
    """Return the error of an export with these faults; only the first are listed."""
    first, more = faults[0], len(faults) - _SHOWN
    also = f" ({more} more are not listed)" if more > 0 else ""
    return ParamsInvalid(
        f"The export: {first['path']!r} {first['message']}{also}",
        hint="Mend what `errors` names; nothing was imported.",
        errors=list(faults[:_SHOWN]),
    )


def _several(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield the conversations of a document with their paths; a list of messages is one of them."""
    if isinstance(document, list) and document and all(_is_talk(each) for each in document):
        if len(document) > MOST_CONVERSATIONS:
            message = f"has {len(document)} conversations; {MOST_CONVERSATIONS} are allowed at once"
            raise refused([{"path": "document", "message": message}])
        yield from ((f"document.{place}", each) for place, each in enumerate(document))
    else:
        yield "document", document


def _is_talk(value: Any) -> bool:
    return isinstance(value, Mapping) and ("mapping" in value or "messages" in value)


def _talk(value: Any, path: str, faults: list[Fault]) -> Talk:
    if isinstance(value, Mapping) and "mapping" in value:
        return _tree(value, path, faults)
    outer: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    rows = outer.get("messages") if outer else value
    where = f"{path}.messages" if outer else path
    if not isinstance(rows, list):
        faults.append({"path": where, "message": "is no list of messages, and no object with `messages` or `mapping`"})
        return Talk("", ())
    if _too_many(len(rows), where, faults):
        return Talk("", ())
    lines = [line for place, row in enumerate(rows) if (line := _row(row, f"{where}.{place}", faults))]
    return _named(outer, lines, 0)


def _named(outer: Mapping[str, Any], lines: Sequence[Line], skipped: int) -> Talk:
    title = outer.get("title")
    first = next((line.text for line in lines if line.role == "user"), "")
    shown = " ".join(title.split())[:MOST_TITLE] if isinstance(title, str) and title.strip() else title_of(first)
    known = outer.get("conversation_id") or outer.get("id")
    legacy = str(known)[:200] if isinstance(known, str | int) else None
    return Talk(shown, lines, _moment(outer.get("create_time")), legacy, skipped)


def _row(row: Any, path: str, faults: list[Fault]) -> Line | None:
    """Read one message of a list: both its speaker and its words have to be there."""
    if not isinstance(row, Mapping):
        faults.append({"path": path, "message": "is no object with `role` and `content`"})
        return None
    role = _speaker(row.get("role"))
    if role is None:
        message = f"{str(row.get('role'))[:40]!r} is no role"
        faults.append({"path": f"{path}.role", "message": message, "allowed": list(SPEAKERS)})
    text = _text(row.get("content", row.get("text")))
    if not text:
        faults.append({"path": f"{path}.content", "message": "is empty, or holds no text"})
    elif len(text) > MOST_TEXT:
        faults.append({"path": f"{path}.content", "message": f"has {len(text)} characters; {MOST_TEXT} are allowed"})
    return Line(role, text, _moment(row.get("create_time"))) if role and text else None


def _tree(value: Mapping[str, Any], path: str, faults: list[Fault]) -> Talk:
    """Read the branch of a tree that was shown last; what has no text is counted and left out."""
    nodes, where = value["mapping"], f"{path}.mapping"
    if not isinstance(nodes, Mapping) or not all(isinstance(node, Mapping) for node in nodes.values()):
        faults.append({"path": where, "message": "is no object of nodes"})
        return Talk("", ())
    branch = _branch(nodes, value.get("current_node"), where, faults)
    if _too_many(len(branch), where, faults):
        return Talk("", ())
    lines, skipped = list[Line](), 0
    for node in branch:
        message = nodes[node].get("message")
        if not isinstance(message, Mapping):
            continue  # a root has none
        author = message.get("author")
        said = author.get("role") if isinstance(author, Mapping) else None
        text, role = _text(message.get("content")), _speaker(said)
        if role is None:
            fault = {"path": f"{where}.{node}.message.author.role", "message": f"{str(said)[:40]!r} is no role"}
            faults.append(fault | {"allowed": list(SPEAKERS)})
        elif text:
            # Long documents were pasted into such chats; they are kept as far as a message goes.
            lines.append(Line(role, text[:MOST_TEXT], _moment(message.get("create_time"))))
        else:
            skipped += role != "system"
    return _named(value, lines, skipped)


def _branch(nodes: Mapping[str, Any], newest: Any, where: str, faults: list[Fault]) -> list[str]:
    """Return the ids from the root to the node that was shown last; a parent that is missing ends the way."""
    if newest is None or newest not in nodes:
        leaves = [name for name, node in nodes.items() if not node.get("children")]
        newest = leaves[-1] if leaves else None
    way, seen = list[str](), set[str]()
    while isinstance(newest, str) and newest in nodes:
        if newest in seen:
            faults.append({"path": f"{where}.{newest}.parent", "message": "leads round in a circle"})
            return []
        seen.add(newest)
        way.append(newest)
        newest = nodes[newest].get("parent")
    return list(reversed(way))


def _too_many(count: int, path: str, faults: list[Fault]) -> bool:
    if count <= MOST_MESSAGES:
        return False
    faults.append({"path": path, "message": f"has {count} messages; {MOST_MESSAGES} are allowed in one conversation"})
    return True


def _speaker(role: Any) -> Speaker | None:
    if role in SPEAKERS:
        return next(known for known in SPEAKERS if known == role)
    return _OTHER_NAMES.get(role) if isinstance(role, str) else None


def _text(content: Any) -> str:
    """Return the words of a content: a text, a list of parts, or an object with them."""
    if isinstance(content, str):
        return content.replace("\x00", "").strip()
    if isinstance(content, Mapping):
        return _text(content.get("parts", content.get("text")))
    if isinstance(content, list):
        return "\n".join(part for each in content if (part := _text(each)))
    return ""


def _moment(seconds: Any) -> int | None:
    """Return seconds since 1970, as exports have them, in ms; None for what is no such number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 2**35:
        return None
    return int(seconds * 1000)
