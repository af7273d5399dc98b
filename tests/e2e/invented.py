"""A provider and a module that nobody has heard of: every name is drawn at random when the tests begin."""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

PROVIDER = '''
"""Pictures by $provider."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SecretStr
from typing_extensions import override

from maquette.core.action import Call, Cost, Output, Provider, Result, Settings, operation
from maquette.core.errors import AccountRejected, GenerationFailed, OutcomeUnknown
from maquette.core.params import Avoiding, Counted, Prompted, Sized, Stepped, hint, slider

SHUT = Path("$shut")


class Account(Settings):
    """What $provider wants to know."""

    model_config = ConfigDict(json_schema_extra=hint(page="https://$host.example/taken"))

    $secret: SecretStr
    """The word that lets you in."""
    $plain: str = "$plain_value"
    """Said as it is."""


class Wish(Prompted):
    """What can be said of a picture."""

    model: Annotated[str, Field(max_length=100, json_schema_extra=hint(widget="combobox"))] = ""
    """By which of its models."""
    $choice: Literal["$first", "$second"] = "$first"
    """Which of the two."""
    $dial: Annotated[int, slider(1, 9)] = 4
    """How much of it."""
    $hidden: Annotated[str, Field(json_schema_extra=hint(advanced=True))] = ""
    """Rarely of use."""


class Whole(Prompted, Avoiding, Sized, Stepped, Counted):
    """All that can be said of pictures."""

    model: Annotated[str, Field(max_length=100, json_schema_extra=hint(widget="combobox"))] = ""
    """By which of its models."""
    quality: Literal["draft", "fine"] = "draft"
    """How much care is taken."""


class Invented(Provider):
    """Pictures of one colour, by nobody that anybody knows."""

    title = "$title"
    settings = Account

    @override
    async def check(self, call: Call) -> None:
        """Compare the word."""
        if call.settings.$secret.get_secret_value() != "$password":
            raise AccountRejected("The word of $title is wrong")

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """Name one model for pictures and one for films."""
        return [{"id": "$model", "title": "$model_title"}, {"id": "$film", "title": "$film_title", "media": "video"}]

    @operation(produces="image", title="$offer")
    async def $operation(self, params: Wish, call: Call) -> Result:
        """Make one picture of one colour, as soon as the gate is open."""
        if "refuse" in params.prompt:
            raise GenerationFailed("$title does not draw this")
        if "vanish" in params.prompt:
            await call.once(vanish)
        step = 0
        while SHUT.exists() and "swift" not in params.prompt:
            step += 1
            if "silent" not in params.prompt:
                await call.progress(None if "guess" in params.prompt else min(0.9, step / 50), "mixing the $colour")
            await asyncio.sleep(0.05)
        shade = zlib.crc32(f"{params.prompt}/{params.$dial}".encode())
        noted = {"label": "Mixed by $title", "revised_prompt": "rather $colour", "task": "$secret"}
        notes = noted if "noted" in params.prompt else {}
        made = Output("image", content=picture(shade), name="$provider.png", notes=notes)
        return Result([made], cost=Cost(370_000, "reported") if "costly" in params.prompt else None)

    @operation(produces="image", title="$whole_title")
    async def $whole(self, params: Whole, call: Call) -> Result:
        """Make pictures with every dial that there is, and show them before they are done."""
        while SHUT.exists():
            await call.progress(0.6, "step 12 of 20")
            await call.preview(picture(0x3366CC))
            await asyncio.sleep(0.05)
        return Result([Output("image", content=picture(n), name=f"$provider-{n}.png") for n in range(params.n)])


async def vanish() -> None:
    """Be asked for something that costs, and never answer."""
    raise OutcomeUnknown("The line went dead")


def picture(shade: int) -> bytes:
    """Return a small picture of one colour."""
    row = b"\\0" + bytes((shade & 255, shade >> 8 & 255, shade >> 16 & 255)) * 96
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 96, 64, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * 64)), (b"IEND", b""),
    )
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\\x89PNG\\r\\n\\x1a\\n" + b"".join(chunks)


PROVIDER = Invented()
'''

MODULE = '''
"""A module that asks a person to try and to choose."""

from __future__ import annotations

from maquette.core.action import Result
from maquette.core.interaction import Question, Select, SubAction
from maquette.core.module import Stage, module
from maquette.core.params import Params

ORDER = ["$segment", "$other"]
FORM = {
    "type": "object",
    "properties": {
        "$choice": {"enum": ["$first", "$second"], "title": "$choice_title", "type": "string"},
        "$dial": {"type": "integer", "minimum": 1, "maximum": 9, "title": "$dial_title"},
    },
}


class Ask(Params):
    """What to ask about."""

    $topic: str = "a hill"
    """What the pictures show."""


@module("$module", title="$question")
async def ask(params: Ask, call: Stage) -> Result:
    """Show two ideas, have pictures made of them, and return the chosen one."""
    ideas = {"$plain_idea": "plain " + params.$topic, "$rich_idea": {"$segment": params.$topic, "$other": "at dusk"}}
    question = Question(
        title="$question",
        data={"$shelf": ideas},
        display_schema={"x-display": "sections", "additionalProperties": {"x-display": "cards"}},
        sub_actions={
            "$sub": SubAction(
                title="$verb",
                pending_title="$verb in hand",
                target="/$shelf/{idea}",
                action_type="media.$provider.$operation",
                key="idea",
                param_schema={"$plain_idea": FORM, "$rich_idea": FORM},
                param_defaults={"$plain_idea": {"$dial": 7}},
                compose={"field": "prompt", "order": ORDER, "separator": ", "},
            )
        },
        select=Select(field="$answer"),
        response_schema={"type": "object", "properties": {"$remark": {"type": "string", "title": "$remark_title"}}},
        submit_title="$submit",
    )
    answer = await call.ask("$key", question)
    return Result(value={"$picked": answer["$answer"], "$remark": answer.get("$remark", "")})


MODULE = ask
'''

ENTRIES = """[maquette.providers]
$provider = ${package}_provider
[maquette.modules]
$module = ${package}_module
"""
TITLES = frozenset(
    {"title", "offer", "question", "verb", "submit"}
    | {"whole_title", "choice_title", "dial_title", "remark_title", "model_title", "film_title"}
)


def word(letters: int = 7) -> str:
    """Draw a word that means nothing."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(letters))


@dataclass
class Invented:
    """The package and all of its names."""

    site: Path
    """The folder that Python is to look in."""
    names: dict[str, str] = field(default_factory=dict[str, str])

    def __getitem__(self, name: str) -> str:
        return self.names[name]

    @property
    def action(self) -> str:
        """The full name of its one action."""
        return f"media.{self['provider']}.{self['operation']}"

    @property
    def settings(self) -> dict[str, str]:
        """What opens an account."""
        return {self["secret"]: self["password"]}

    @property
    def environ(self) -> dict[str, str]:
        """What a server is started with, so that it finds the package."""
        paths = (str(self.site), os.environ.get("PYTHONPATH", ""))
        return {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}

    def write(self, name: str, text: str) -> None:
        """Write a file of the package, the names filled in."""
        path = self.site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(self.names).lstrip(), encoding="utf-8")

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Keep its generations from ending."""
        gate = Path(self["shut"])
        gate.touch()
        try:
            yield
        finally:
            gate.unlink(missing_ok=True)


def install(folder: Path) -> Invented:
    """Write the package into a folder, with what a wheel's installation would leave there."""
    wanted = {name for text in (PROVIDER, MODULE, ENTRIES) for name in Template(text).get_identifiers()}
    names = {name: f"{word(5)} {word(4)}".capitalize() if name in TITLES else word() for name in wanted}
    names |= {"module": f"{word(5)}.{word(6)}", "shut": str(folder / "shut")}
    made = Invented(folder / "site", names)
    facts = f"{made['package']}-1.0.dist-info"
    made.write(f"{made['package']}_provider.py", PROVIDER)
    made.write(f"{made['package']}_module.py", MODULE)
    made.write(f"{facts}/entry_points.txt", ENTRIES)
    made.write(f"{facts}/METADATA", "Metadata-Version: 2.1\nName: $package\nVersion: 1.0\n")
    return made
