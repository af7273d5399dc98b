"""Documents as people write them: YAML, of which JSON is a part, read to what JSON can hold and nothing else.

What other readers of YAML guess, this one does not: `yes`, `on`, `16:9`, `007` and dates are texts; `true`, `null`
and the numbers of JSON are what they look like. There are no tags beyond those of the core, no merge keys and no
objects; what an alias repeats counts as if it were written out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml import events

from .errors import ParamsInvalid

MOST = 1_000_000
"""Most characters of a text, and of what it comes to once every alias is written out."""
DEEPEST = 60
"""How deep a document may be nested."""
_CORE = "tag:yaml.org,2002:"
_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,39})(\.\d{1,400})?([eE][-+]?\d{1,4})?", re.ASCII)
_UNFIT = re.compile("[\0\ud800-\udfff]")
_PLAIN = re.compile("[A-Za-z_][^\r\n\x85\u2028\u2029]*")
_BLOCK = re.compile("[^ \t\r\n\x85\u2028\u2029][^\r\x85\u2028\u2029]*")
_GUESSED = frozenset({"y", "n", "yes", "no", "on", "off"})
"""Texts that other readers of YAML take for something else, and which are therefore written in quotes."""

Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What a text holds, and where in the text each part of it stands."""

    value: Any
    places: Mapping[str, tuple[int, int]]
    """Line and column, counted from 1, by the path in the document."""

    def placed(self, faults: Sequence[Mapping[str, Any]]) -> list[Fault]:
        """Return faults with the line and the column where they stand, or where their nearest parent does."""
        return [{**fault, **self._place(str(fault.get("path", "")))} for fault in faults]

    def _place(self, path: str) -> Fault:
        while path and path not in self.places:
            path = path.rpartition("/")[0]
        line, column = self.places.get(path, (1, 1))
        return {"line": line, "column": column}

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Add the line and the column to every fault that the block raises as `ParamsInvalid`."""
        try:
            yield
        except ParamsInvalid as error:
            faults = self.placed(error.details.get("errors", ()))
            where = f"Line {faults[0]['line']}: " if faults else ""
            raise ParamsInvalid(where + error.message, hint=error.advice, errors=faults) from error


# -- reading --------------------------------------------------------------------------------------------------------


def read(text: str) -> Written:
    """Return the document of a text in YAML or JSON.

    Raises `ParamsInvalid` whose one fault has `path`, `message`, `line` and `column`.
    """
    reader = _Reader(text)
    if len(text) > MOST:
        reader.refuse(f"a text has at most {MOST} characters")
    try:
        return Written(reader.document(), reader.places)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reader.refuse(str(getattr(error, "problem", None) or error), mark)


class _Reader:
    """One pass over the events of a text; nothing is built but mappings, lists and scalars."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.places = dict[str, tuple[int, int]]()
        self._anchors = dict[str, tuple[Any, int] | None]()
        self._size = 0
        self._path = ""

    def document(self) -> Any:
        """Return the one document of the text."""
        next(self._events)
        if isinstance(next(self._events), events.StreamEndEvent):
            self.refuse("the text holds no document")
        found = self._node(next(self._events), "", 0)
        next(self._events)
        if not isinstance(rest := next(self._events), events.StreamEndEvent):
            self.refuse("the text holds more than one document", rest.start_mark)
        return found

    def refuse(self, message: str, mark: Any = None) -> NoReturn:
        """Raise the fault of what is just read."""
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else self.places.get(self._path, (1, 1))
        fault = {"path": self._path, "message": message, "line": line, "column": column}
        raise ParamsInvalid(
            f"Line {line}, column {column}, at {self._path or '/'}: {message}",
            hint="Write YAML or JSON; put a text in quotes where it could be taken for something else.",
            errors=[fault],
        )

    def _node(self, event: Any, path: str, depth: int) -> Any:
        self._path = path
        self.places.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
        if depth > DEEPEST:
            self.refuse(f"the document is nested deeper than {DEEPEST} levels")
        if isinstance(event, events.AliasEvent):
            return self._repeated(event)
        before, anchor = self._size, event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        found = self._found(event, path, depth)
        if anchor is not None:
            self._anchors[anchor] = (found, self._size - before)
        return found

    def _found(self, event: Any, path: str, depth: int) -> Any:
        self._grow(1)
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event)
        wanted = "seq" if isinstance(event, events.SequenceStartEvent) else "map"
        if event.tag not in (None, "!", _CORE + wanted):
            self.refuse(f"the tag {event.tag!r} is not taken here", event.start_mark)
        return self._list(path, depth) if wanted == "seq" else self._mapping(path, depth)

    def _list(self, path: str, depth: int) -> list[Any]:
        made = list[Any]()
        while not isinstance(event := next(self._events), events.SequenceEndEvent):
            made.append(self._node(event, f"{path}/{len(made)}", depth + 1))
        return made

    def _mapping(self, path: str, depth: int) -> dict[str, Any]:
        made = dict[str, Any]()
        while not isinstance(event := next(self._events), events.MappingEndEvent):
            self._path = path
            if not isinstance(event, events.ScalarEvent):
                self.refuse("a key is a plain text", event.start_mark)
            key = self._key(event, made)
            place = f"{path}/{key}"
            self.places[place] = (event.start_mark.line + 1, event.start_mark.column + 1)
            self._path = place  # a fault in what comes next is one of this value
            made[key] = self._node(next(self._events), place, depth + 1)
        return made

    def _key(self, event: Any, made: Mapping[str, Any]) -> str:
        """Return a key as it is written, since all keys of JSON are texts."""
        key = self._fit(event)
        if key == "<<" and event.implicit[0]:
            self.refuse("merge keys are not taken here; repeat what is meant, or use an alias", event.start_mark)
        if key in made:
            self.refuse(f"the key {key!r} is there twice", event.start_mark)
        return key

    def _repeated(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            self.refuse(f"there is no anchor {event.anchor!r} before this", event.start_mark)
        if (known := self._anchors[event.anchor]) is None:
            self.refuse(f"the anchor {event.anchor!r} holds itself", event.start_mark)
        found, size = known
        self._grow(size)
        return found

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MOST:
            self.refuse(f"the document comes to more than {MOST} characters once its aliases are written out")

    def _fit(self, event: Any) -> str:
        text: str = event.value
        self._grow(len(text))
        if _UNFIT.search(text):
            self.refuse("the text holds a NUL or half a character", event.start_mark)
        return text

    def _scalar(self, event: Any) -> Any:
        text, tag = self._fit(event), event.tag
        if tag is None or tag == "!":
            return self._meant(text, event) if event.implicit[0] else text
        kinds = _KINDS.get(tag.removeprefix(_CORE)) if tag.startswith(_CORE) else None
        if kinds is None:
            self.refuse(f"the tag {tag!r} is not taken here", event.start_mark)
        found = text if kinds == (str,) else self._meant(text, event)
        if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
            self.refuse(f"{text!r} is no {tag.removeprefix(_CORE)}", event.start_mark)
        return found

    def _meant(self, text: str, event: Any) -> Any:
        found = plain(text)
        if isinstance(found, int | float) and not -(2**63) <= found < 2**64:
            self.refuse("the number has more than 64 bits; put it in quotes if it is a text", event.start_mark)
        return found


def plain(text: str) -> Any:
    """Return what a text without quotes means: null, true, false, a number of JSON, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if number[1] or number[2] else int(text)


# -- writing --------------------------------------------------------------------------------------------------------


def write(document: Mapping[str, Any]) -> str:
    """Return a document as YAML that `read`, and any other reader, takes for the same; the order of keys stays."""
    body = [events.StreamStartEvent(), events.DocumentStartEvent(explicit=False), *_told(document)]
    text: str = yaml.emit(
        [*body, events.DocumentEndEvent(explicit=False), events.StreamEndEvent()], allow_unicode=True, width=110
    )
    return text


def _told(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield events.MappingStartEvent(None, None, implicit=True, flow_style=False)
        for key, inner in value.items():
            yield _word(str(key))
            yield from _told(inner)
        yield events.MappingEndEvent()
    elif isinstance(value, list | tuple):
        yield events.SequenceStartEvent(None, None, implicit=True, flow_style=False)
        for inner in value:
            yield from _told(inner)
        yield events.SequenceEndEvent()
    elif isinstance(value, str):
        yield _word(value)
    else:
        yield events.ScalarEvent(None, None, (True, False), json.dumps(value))


def _word(text: str) -> Any:
    if _PLAIN.fullmatch(text) and isinstance(plain(text), str) and text.lower() not in _GUESSED:
        return events.ScalarEvent(None, None, (True, True), text)
    block = "\n" in text and _BLOCK.fullmatch(text) is not None
    return events.ScalarEvent(None, None, (False, True), text, style="|" if block else '"')
