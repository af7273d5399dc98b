"""Read a prompt into a brief: what to draw, how many, in which colour, how large and where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from maquette.providers.painter.lexicon import (
    COLOURS,
    IGNORED,
    IRREGULAR,
    LEXICON,
    NUMBERS,
    PHRASES,
    PLACES,
    RELATIONS,
    SIZES,
    TONES,
    Kind,
)

Colour = tuple[float, float, float]

MOST = 400
"""More of one thing than this is not countable in a picture."""

_CLAUSE_ENDS = frozenset({",", ";", ".", "and", "with", "while"})
_GROUNDS = frozenset({"background", "backdrop", "canvas", "paper", "wallpaper"})
_ON = frozenset({"on", "against", "upon", "over"})
_NEGATIONS = frozenset({"no", "without", "not"})


@dataclass(frozen=True)
class Item:
    """One named thing with what the prompt says about it."""

    kind: Kind
    name: str
    word: str
    count: int = 1
    colours: tuple[Colour, ...] = ()
    colour_words: tuple[str, ...] = ()
    size: float = 1.0
    x: float | None = None
    y: float | None = None
    relation: str | None = None
    """Where it stands relative to the next item: above, below, left, right, inside or around."""

    @property
    def label(self) -> str:
        """Name it as the caller is told: count, colours, and what is really painted: a knight is a person here."""
        counted = [str(self.count)] if self.count > 1 else []
        return " ".join([*counted, *self.colour_words, self.name if self.kind in {"shape", "subject"} else self.word])


@dataclass(frozen=True)
class Brief:
    """All that was understood of a prompt."""

    items: tuple[Item, ...] = ()
    background: tuple[Colour, ...] = ()
    background_words: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    missed: tuple[str, ...] = ()

    def named(self, *kinds: Kind) -> tuple[Item, ...]:
        """Return the items of these kinds, in the order of the prompt."""
        return tuple(item for item in self.items if item.kind in kinds)

    def has(self, name: str) -> bool:
        """Tell whether something is named that is painted as `name`."""
        return any(item.name == name for item in self.items)

    @property
    def labels(self) -> list[str]:
        """List what was understood, in the order of the prompt and without repeats."""
        ground = [f"{' and '.join(self.background_words)} background"] if self.background_words else []
        return list(dict.fromkeys([*(item.label for item in self.items), *ground]))


@dataclass
class _Reading:
    """Carry the state of one pass over the tokens."""

    items: list[Item] = field(default_factory=list)
    count: int = 1
    colours: list[Colour] = field(default_factory=list)
    colour_words: list[str] = field(default_factory=list)
    tone: list[str] = field(default_factory=list)
    size: float = 1.0
    x: float | None = None
    y: float | None = None
    clause_has_item: bool = False
    relation: str | None = None
    denied: bool = False
    grounding: bool = False
    """The next colours are the ground's, not a thing's."""
    adjoining: bool = False
    """The word before was a noun too."""
    wearing: bool = False
    """The next colours are the last item's: "a figure in red"."""
    ground: list[tuple[str, Colour]] = field(default_factory=list)
    loose: list[tuple[str, Colour]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Drop the adjectives: what they described is known or not to come."""
        self.loose += zip(self.colour_words, self.colours, strict=True)
        self.count, self.size, self.colours, self.colour_words, self.tone = 1, 1.0, [], [], []


def colour(word: str) -> Colour | None:
    """Return the colour of a name or a `#rrggbb` code as three numbers from 0 to 1, or None."""
    code = COLOURS.get(word, word)
    if not re.fullmatch(r"#[0-9a-f]{6}", code):
        return None
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def toned(base: Colour, tone: str) -> Colour:
    """Pull a colour towards white or black as a tone word says."""
    pull = TONES[tone]
    red, green, blue = (part + ((1.0 if pull > 0 else 0.0) - part) * abs(pull) for part in base)
    return red, green, blue


def singular(word: str) -> str:
    """Return the form of a noun under which the lexicon lists it."""
    forms = [
        word,
        IRREGULAR.get(word, word),
        word.removesuffix("s"),
        word.removesuffix("es"),
        f"{word.removesuffix('ies')}y",
    ]
    return next((form for form in forms if form in LEXICON), word)


def tokens(prompt: str) -> list[str]:
    """Split a prompt into words, numbers, colour codes and stops, with known phrases made one word."""
    text = " ".join(re.findall(r"#[0-9a-f]{6}\b|[a-z]+|\d+|[,;.]", prompt.lower()))
    for phrase in sorted(PHRASES, key=len, reverse=True):
        text = re.sub(rf"\b{phrase}(s?)\b", rf"{PHRASES[phrase]}\1", text)
    return text.split()


def read(prompt: str) -> Brief:
    """Read a prompt; a word that is not known is listed in `missed` and changes nothing else."""
    reading, words = _Reading(), tokens(prompt)
    for at, word in enumerate(words):
        reading.adjoining = at > 0 and singular(words[at - 1]) in LEXICON
        _read_word(reading, word, words[at + 1 : at + 5])
    reading.forget()
    if (reading.x, reading.y) != (None, None) and reading.items:
        _settle(reading, reading.x, reading.y)
    return Brief(
        items=tuple(reading.items),
        background=tuple(shade for _, shade in reading.ground),
        background_words=tuple(word for word, _ in reading.ground),
        colours=tuple(shade for _, shade in reading.loose),
        missed=tuple(dict.fromkeys(reading.missed)),
    )


def _read_word(reading: _Reading, word: str, following: list[str]) -> None:
    """Take one token: the first reader that knows it wins."""
    if word in _CLAUSE_ENDS:
        _end_clause(reading, word, following)
    elif word in _NEGATIONS:
        reading.denied = True
    elif word in _GROUNDS:
        _take_ground(reading)
    elif not (_read_adjective(reading, word) or _read_noun(reading, word, following)):
        known = _read_relation(reading, word, following) or word in IGNORED
        reading.missed += [] if known else [word]


def _end_clause(reading: _Reading, word: str, following: list[str]) -> None:
    # "a red and blue ball": a colour after `and`, with a colour still open, goes on with the same thing.
    if word == "and" and reading.colours and any(colour(near) for near in following[:2]):
        return
    if word == "and" and reading.grounding and _is_ground(following):
        return
    reading.forget()
    reading.clause_has_item = reading.grounding = reading.wearing = False
    reading.denied = reading.denied and word == "and"


def _read_adjective(reading: _Reading, word: str) -> bool:
    if (shade := colour(word)) is not None:
        for tone in reading.tone:
            shade = toned(shade, tone)
        _take_colour(reading, " ".join([*reading.tone, word]), shade)
        reading.tone = []
    elif word in NUMBERS or word.isdigit():
        number = NUMBERS.get(word) or int(word[:6])
        reading.count = max(1, min(number, MOST)) if word not in {"a", "an"} or reading.count == 1 else reading.count
    elif word in SIZES:
        reading.size = SIZES[word]
    elif word in TONES:
        reading.tone.append(word)
    elif word in PLACES:
        _read_place(reading, word)
    else:
        return False
    return True


def _take_colour(reading: _Reading, words: str, shade: Colour) -> None:
    if reading.grounding:
        reading.ground.append((words, shade))
    elif reading.wearing and reading.items:
        last = reading.items[-1]
        reading.items[-1] = replace(last, colours=(*last.colours, shade), colour_words=(*last.colour_words, words))
    else:
        reading.colours.append(shade)
        reading.colour_words.append(words)


def _read_place(reading: _Reading, word: str) -> None:
    x, y = PLACES[word]
    if word in {"centre", "center", "middle"}:
        # "top centre" keeps its height, "centre left" its side.
        x, y = (x if reading.x is None else reading.x), (y if reading.y is None else reading.y)
    if reading.clause_has_item and reading.items:
        _settle(reading, x, y)
    else:
        reading.x = x if x is not None else reading.x
        reading.y = y if y is not None else reading.y


def _settle(reading: _Reading, x: float | None, y: float | None) -> None:
    """Place the last item, keeping what is known of the other axis."""
    last = reading.items[-1]
    if x == y == 0.5 and (last.x, last.y) != (None, None):
        x, y = last.x if last.x is not None else x, last.y if last.y is not None else y
    reading.items[-1] = replace(last, x=x if x is not None else last.x, y=y if y is not None else last.y)


def _read_noun(reading: _Reading, word: str, following: list[str]) -> bool:
    form = singular(word)
    known = LEXICON.get(form)
    if known is None:
        return False
    if reading.denied:
        reading.denied = False
        reading.forget()
        return True
    kind, name = known
    plural = form != word and reading.count == 1
    if kind in {"subject", "shape"} and plural:
        reading.count = 3
    if name == "star" and plural and not reading.colours:
        kind, name = "sky", "stars"
    if word == "studio" and any(near in _GROUNDS for near in following):
        return True
    _add(reading, Item(kind, name, form))
    return True


def _add(reading: _Reading, item: Item) -> None:
    if reading.adjoining and reading.items and reading.items[-1].kind == "subject" and item.name in {"forest", "tree"}:
        # "pine forest", "apple tree": the first noun says of what kind the second one is.
        reading.items.pop()
    if reading.relation and reading.items:
        reading.items[-1] = replace(reading.items[-1], relation=reading.relation)
    reading.items.append(
        replace(
            item,
            count=reading.count,
            colours=tuple(reading.colours),
            colour_words=tuple(reading.colour_words),
            size=reading.size,
            x=reading.x,
            y=reading.y,
        )
    )
    reading.colours, reading.colour_words = [], []
    reading.forget()
    reading.x = reading.y = reading.relation = None
    reading.clause_has_item, reading.grounding, reading.wearing = True, False, False


def _read_relation(reading: _Reading, word: str, following: list[str]) -> bool:
    if word in _ON and _is_ground(following):
        reading.grounding = True
        return True
    if word == "in" and _is_ground(following):
        reading.wearing = True
        return True
    if word not in RELATIONS:
        return False
    if reading.items and _names_item(following):
        reading.relation = RELATIONS[word]
    return True


def _names_item(following: list[str]) -> bool:
    """Tell whether a noun comes before a place or the end of the clause."""
    for word in following:
        if word in PLACES or word in _CLAUSE_ENDS:
            return False
        if singular(word) in LEXICON:
            return LEXICON[singular(word)][0] in {"shape", "subject"}
    return False


def _is_ground(following: list[str]) -> bool:
    """Tell whether a colour follows that no noun takes: the ground of the picture."""
    seen = False
    for word in following:
        if colour(word) is not None:
            seen = True
        elif word in _CLAUSE_ENDS and word != "and":
            return seen
        elif singular(word) in LEXICON:
            return False
    return seen


def _take_ground(reading: _Reading) -> None:
    reading.ground += zip(reading.colour_words, reading.colours, strict=True)
    reading.colours, reading.colour_words, reading.tone = [], [], []
