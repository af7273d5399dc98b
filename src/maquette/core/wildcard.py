"""Prompts that vary: `{a|b}` is a choice, `{1-5}` a range, `__name__` a line of the list of that name.

A varied prompt is read into a tree once, and then either drawn from by a seed or written out in every combination.
Both are bounded: whatever is written, neither the count nor the length of what comes out can grow without end.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .errors import TemplateInvalid
from .prompt import LONGEST, invalid

MOST = 200
"""Most prompts that one varied prompt may become."""
MOST_TEXT = 500_000
"""Most characters of all of them together."""
DEEPEST = 12
"""Most choices within each other."""
MOST_LINES = 2_000
"""Most lines of a list."""
LINE = 1_000
"""Most characters of a line."""
WILDCARD = "wildcard"
"""The kind of the definitions of lists."""

_RANGE = re.compile(r"\s*(-?\d{1,6})\s*-\s*(-?\d{1,6})\s*(?::\s*(\d{1,6})\s*)?")
_TOKEN = re.compile(r"__([A-Za-z0-9][A-Za-z0-9-]{0,62})__|([{}|])")
_STEPS = 20_000
_LISTS = 50
_OPTIONS = 10_000
Lines = Callable[[str], Sequence[str] | None]
"""Returns the lines of a list, or None where there is none of that name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where one of several goes."""

    options: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts and choices one after the other."""

    parts: tuple[str | Choice, ...]


@dataclass(slots=True)
class _Reader:
    """Reads prompts and the lists that they name; every list is read once."""

    lines: Lines
    known: dict[str, Choice] = field(default_factory=dict[str, Choice])
    within: list[str] = field(default_factory=list[str])
    options: int = 0
    """How many lines and numbers were read."""

    def read(self, text: str, depth: int = 0) -> Wording:
        stack: list[list[list[str | Choice]]] = [[[]]]
        starts, end = [0], 0
        for token in _TOKEN.finditer(text):
            stack[-1][-1].append(text[end : token.start()])
            end = token.end()
            if token[1] is not None:
                stack[-1][-1].append(self._list(token[1], depth))
            elif token[2] == "{":
                if len(stack) + depth > DEEPEST:
                    raise invalid("", f"choices are nested more than {DEEPEST} deep")
                stack.append([[]])
                starts.append(token.start())
            elif token[2] == "|" and len(stack) > 1:
                stack[-1].append([])
            elif token[2] == "}" and len(stack) > 1:
                options, begun = stack.pop(), starts.pop()
                stack[-1][-1] += self._closed(options, text[begun + 1 : token.start()])
            else:
                stack[-1][-1].append(token[0])
        if len(stack) > 1:
            raise invalid("", f"{text[starts[-1] :][:60]!r}: the choice is never closed by `}}`")
        return _sequence([*stack[0][0], text[end:]])

    def _list(self, name: str, depth: int) -> Choice:
        if name in self.within:
            way = " → ".join([*self.within, name])
            raise invalid("", f"the list {name!r} contains itself: {way}")
        if name not in self.known:
            if len(self.within) >= DEEPEST or len(self.known) >= _LISTS:
                raise invalid("", f"lists name more than {_LISTS} lists, or lie more than {DEEPEST} deep")
            found = self.lines(name)
            if not found:
                raise invalid("", f"there is no list {name!r} for `__{name}__`", name=name)
            self._spend(len(found))
            self.within.append(name)
            self.known[name] = Choice(tuple(self.read(line, depth + 1) for line in found))
            self.within.pop()
        return self.known[name]

    def _closed(self, options: Sequence[Sequence[str | Choice]], inner: str) -> Sequence[str | Choice]:
        """Return what stands between two braces: a choice, a range, or a text with its braces left as they are."""
        if len(options) > 1:
            return [Choice(tuple(_sequence(option) for option in options))]
        span = _RANGE.fullmatch(inner)
        if span is None:
            return ["{", *options[0], "}"]
        low, high, step = int(span[1]), int(span[2]), int(span[3] or 1)
        numbers = range(min(low, high), max(low, high) + 1, max(step, 1))
        self._spend(len(numbers))
        return [Choice(tuple(Wording((str(number),)) for number in numbers))]

    def _spend(self, options: int) -> None:
        self.options += options
        if self.options > _OPTIONS:
            raise invalid("", f"its ranges and lists have more than {_OPTIONS} options together")


def read(text: str, lines: Lines) -> Wording:
    """Return the tree of a varied prompt; raises `TemplateInvalid`."""
    return _Reader(lines).read(text)


def names(text: str) -> list[str]:
    """Return the names of the lists that a text names itself, each once."""
    return list(dict.fromkeys(found[1] for found in _TOKEN.finditer(text) if found[1] is not None))


def drawn(tree: Wording, seed: int, n: int = 1) -> list[str]:
    """Return `n` prompts, the same for the same seed; raises `TemplateInvalid` where one grows too long."""
    dice = random.Random(seed)  # noqa: S311 - a draw that can be repeated is the point
    return _whole([_draw(tree, dice) for _ in range(min(n, MOST))])


def every(tree: Wording) -> list[str]:
    """Return every combination in order; raises `TemplateInvalid` where there are more than `MOST`."""
    count = counted(tree)
    if count > MOST:
        raise invalid("", f"these are more than {MOST} combinations; draw some instead, or name fewer options")
    return _whole(_written(tree, {}))


def counted(tree: Wording) -> int:
    """Return the number of combinations; anything above `MOST` is `MOST + 1`."""
    return _counted(tree, {})


def _sequence(parts: Sequence[str | Choice]) -> Wording:
    return Wording(tuple(part for part in parts if part != ""))


def _counted(tree: Wording, known: dict[int, int]) -> int:
    total = 1
    for part in tree.parts:
        if isinstance(part, Choice):
            if id(part) not in known:
                known[id(part)] = min(sum(_counted(option, known) for option in part.options), MOST + 1)
            total = min(total * known[id(part)], MOST + 1)
    return total


def _draw(tree: Wording, dice: random.Random) -> str:
    made, length = list[str](), 0
    for steps, part in enumerate(_walk(tree, dice)):
        length += len(part)
        if length > LONGEST or steps > _STEPS:
            raise invalid("", f"a drawn prompt has more than {LONGEST} characters or too many parts")
        made.append(part)
    return _tidy("".join(made))


def _walk(tree: Wording, dice: random.Random) -> Iterator[str]:
    yield ""  # so that a draw of nothing but choices is bounded too
    for part in tree.parts:
        if isinstance(part, str):
            yield part
        else:
            yield from _walk(dice.choice(part.options), dice)


def _written(tree: Wording, known: dict[int, list[str]]) -> list[str]:
    columns = list[list[str]]()
    for part in tree.parts:
        if isinstance(part, str):
            columns.append([part])
            continue
        if id(part) not in known:
            known[id(part)] = [text for option in part.options for text in _written(option, known)]
        columns.append(known[id(part)])
    if sum(max(map(len, column), default=0) for column in columns) > LONGEST:
        raise invalid("", f"a combination has more than {LONGEST} characters")
    return ["".join(row) for row in itertools.product(*columns)]


def _whole(prompts: Sequence[str]) -> list[str]:
    if sum(map(len, prompts)) > MOST_TEXT:
        raise invalid("", f"together these prompts have more than {MOST_TEXT} characters")
    made = [_tidy(prompt) for prompt in prompts]
    if not all(made):
        raise TemplateInvalid("A combination is empty", errors=[{"path": "", "message": "a combination is empty"}])
    return made


def _tidy(prompt: str) -> str:
    """Return a prompt without what empty options leave behind."""
    return re.sub(r"(?:,\s*)+,", ",", re.sub(r"[ \t]{2,}", " ", prompt)).strip().strip(",").strip()


def lines_of(text: str) -> list[str]:
    """Return the lines of a list as it is written in a file: one each, without blank ones and `#` comments."""
    found = [line.strip() for line in text.splitlines()]
    return [line for line in found if line and not line.startswith("#")]


def from_lists(lists: Mapping[str, Sequence[str]]) -> Lines:
    """Return the look-up of some lists."""
    return lists.get


async def gathered(text: str, lines: Callable[[str], Awaitable[Sequence[str] | None]]) -> Lines:
    """Return the look-up of all lists that a text names, and of those that these lists name."""
    found, waiting = dict[str, Sequence[str]](), names(text)
    while waiting and len(found) <= _LISTS:
        name = waiting.pop()
        if name not in found and (listed := await lines(name)) is not None:
            found[name] = listed
            waiting += [inner for line in listed for inner in names(line)]
    return from_lists(found)
