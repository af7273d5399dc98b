"""Actions as tools of a language model: what is offered, one call of it, and a short account of what it brought."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from maquette.core.action import Action
from maquette.core.errors import MaquetteError, ParamsInvalid
from maquette.core.example import without_examples
from maquette.core.form import normalise
from maquette.core.model import Asset
from maquette.core.params import MEDIA
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import catalog
from maquette.services import job as jobs
from maquette.services.caller import Caller, allows, require
from maquette.services.job import JobView, Submission
from maquette.store import asset as assets
from maquette.store.database import Tx

GENERATE = "generate"
"""The tool that runs a preset, or whatever serves a medium."""
RESULT = "result"
"""The tool that looks at a job begun before."""
MOST_ASSETS = 12
"""Most assets that one answer links to."""
TEXT_BYTES = 6_000
"""Most bytes of a text, or of a value, in one answer."""
PICTURE_BYTES = 9_000
"""Most bytes of a picture that is shown as it is; a larger one is made smaller."""

_SIDE, _QUALITY = 144, 50
_LONGEST_NAME = 64
_STRANGE = re.compile(r"[^A-Za-z0-9_-]")
_GENERATE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "preset": {"type": "string", "description": "The name of a preset, which says who makes it and how."},
        "media": {"type": "string", "enum": list(MEDIA), "description": "Without a preset: what to make."},
        "params": {
            "type": "object",
            "description": "The parameters, such as `prompt`, `size`, `n` and `seed`.",
            "properties": {"prompt": {"type": "string"}},
            "additionalProperties": True,
        },
    },
    "required": ["params"],
    "additionalProperties": False,
}
_RESULT_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"job": {"type": "string", "pattern": "^job_[0-9a-f]{32}$", "description": "The id of the job."}},
    "required": ["job"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Tool:
    """What a language model may call."""

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    """The JSON Schema of its arguments; that of an action is the one that draws its form."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call brought, short enough for a model's context."""

    job: str
    state: str
    text: str
    assets: Sequence[Asset] = ()
    """The first of them."""
    total: int = 0
    """How many there are in all."""
    error: Mapping[str, Any] | None = None
    waiting_for: str | None = None
    cost_micro_usd: int | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing is to be had of it any more."""
        return self.state in ("failed", "cancelled")


def name_of(action: str) -> str:
    """Return the name of an action as a tool: letters, digits, `-` and `_`, at most 64 of them."""
    name = _STRANGE.sub("-", action)
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(action.encode()).hexdigest()[:8]}"


async def offered(studio: Studio, caller: Caller) -> list[Tool]:
    """Return the tools that the caller can use: the actions that an account or no account serves, and two of ours."""
    allowed = [action for action in await catalog.actions(studio) if allows(caller, action.name)]
    found = [_tool(each.action) for each in await catalog.offered(studio, caller, allowed) if each.ready]
    return [
        Tool(GENERATE, "Generate", "Make something by a preset, or with whichever provider serves a medium.",
             _GENERATE_SCHEMA),
        Tool(RESULT, "Look at a job", "Wait for a job that was begun before, and return what it made.", _RESULT_SCHEMA),
        *found,
    ]  # fmt: skip


def _tool(action: Action) -> Tool:
    return Tool(name_of(action.name), action.title, action.summary, normalise(without_examples(action.schema())))


async def begin(studio: Studio, caller: Caller, name: str, arguments: Mapping[str, Any], key: str | None = None) -> str:
    """Begin what a call asks for and return the id of its job; raises what submitting raises."""
    require(caller, "member")
    if name == RESULT:
        return _only(arguments, "job")
    wanted = _generation(arguments) if name == GENERATE else Wanted(await _action(studio, name), arguments)
    body = {"tool": name, "arguments": dict(arguments)}
    return (await jobs.submit(studio, caller, Submission(wanted, body, key, at_once=True))).job.id


async def _action(studio: Studio, name: str) -> str:
    known = {name_of(action.name): action.name for action in await catalog.actions(studio)}
    # An unknown name goes on as it is, so that the catalog answers with near ones.
    return known.get(name) or (await catalog.action(studio, name)).name


def _generation(arguments: Mapping[str, Any]) -> Wanted:
    strange = set(arguments) - set(_GENERATE_SCHEMA["properties"])
    preset, media, params = (arguments.get(name) for name in ("preset", "media", "params"))
    if strange or (preset is None) == (media is None) or not isinstance(params, Mapping):
        message = "give one of `preset` and `media`, and `params`, an object; nothing else"
        raise ParamsInvalid(f"Arguments of {GENERATE!r}: {message}", errors=[{"path": "", "message": message}])
    if media is not None and media not in MEDIA:
        raise ParamsInvalid(
            f"{media!r} is no medium", errors=[{"path": "media", "message": f"one of {', '.join(MEDIA)}"}]
        )
    return Wanted(None, params, media=media, preset=None if preset is None else str(preset))


def _only(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or len(arguments) != 1:
        message = f"give `{name}` and nothing else"
        raise ParamsInvalid(f"Arguments: {message}", errors=[{"path": name, "message": message}])
    return value


async def outcome(studio: Studio, caller: Caller, job: str) -> Outcome:
    """Return what a job brought so far; raises `NotFound`."""
    view, _ = await jobs.get(studio, caller, job)
    made = list(view.assets) or await _named(studio, caller, view)
    said = [_headline(view, len(made))]
    said += [await _words(studio, asset) for asset in made[:1] if asset.media == "text"]
    if view.job.result and not _is_list_of_assets(view.job.result):
        said.append(_clipped(msgspec.json.encode(dict(view.job.result)).decode()))
    said += [_warned(each) for each in view.job.warnings[:8]]
    return Outcome(
        job=view.job.id,
        state=view.job.state,
        text="\n".join(part for part in said if part),
        assets=made[:MOST_ASSETS],
        total=len(made),
        error=view.job.error if view.job.state in ("failed", "cancelled") else None,
        waiting_for=view.job.waiting_for,
        cost_micro_usd=view.job.cost,
    )


def _warned(warning: Mapping[str, Any]) -> str:
    used = f" became {str(warning['used'])[:200]}" if warning.get("used") is not None else " was left out"
    return f"Warning: {warning.get('field')} {str(warning.get('asked'))[:200]}{used}: {warning.get('why')}."


def _headline(view: JobView, count: int) -> str:
    job = view.job
    if job.state == "succeeded":
        return f"Job {job.id} succeeded and made {count} {'file' if count == 1 else 'files'}."
    error = job.error or {}
    told = f" {error.get('detail', '')} (code {error.get('code')}). {error.get('hint') or ''}" if error else ""
    waits = f", waiting for {job.waiting_for}" if job.waiting_for else ""
    return f"Job {job.id} is {job.state}{waits}.{told}".rstrip()


def _is_list_of_assets(result: Mapping[str, Any]) -> bool:
    return set(result) <= {"assets", "text"}


async def _words(studio: Studio, asset: Asset) -> str:
    end = min(asset.size, TEXT_BYTES)
    content = b"".join([piece async for piece in studio.blobs.read(asset.blob, 0, end)])
    return content.decode("utf-8", "ignore") + ("\u2026" if asset.size > end else "")


def _clipped(text: str) -> str:
    content = text.encode()
    return text if len(content) <= TEXT_BYTES else content[:TEXT_BYTES].decode("utf-8", "ignore") + "\u2026"


async def _named(studio: Studio, caller: Caller, view: JobView) -> list[Asset]:
    """Return the assets that the value of a composite names."""
    ids = (view.job.result or {}).get("assets")
    wanted = [each for each in ids if isinstance(each, str)] if isinstance(ids, list) else []

    def unit(tx: Tx) -> list[Asset]:
        found = assets.several(tx, wanted)
        return [found[each] for each in wanted if each in found]

    return await studio.store.read(caller.workspace, unit) if wanted else []


async def picture(studio: Studio, caller: Caller, asset: str) -> bytes | None:
    """Return a picture of an asset in WebP that is small enough for a model's context; None until there is one."""
    found = await studio.store.read(caller.workspace, lambda tx: assets.get(tx, asset))
    if "320" not in found.thumbs:
        return None
    small = replace(found, blob=found.thumbs["320"])
    content = b"".join([piece async for piece in studio.blobs.read(small.blob)])
    if len(content) <= PICTURE_BYTES:
        return content
    return (await studio.ingest.converted(small, "webp", None, longest=_SIDE, quality=_QUALITY))[0]


def refused(error: MaquetteError) -> dict[str, Any]:
    """Return an error as a tool tells it: the code, what happened and what to do, and each fault with its path."""
    problem = error.problem()
    kept = {name: problem[name] for name in ("code", "detail", "hint", "did_you_mean") if problem.get(name)}
    faults = problem.get("errors")
    return kept | ({"errors": list(faults)[:20]} if isinstance(faults, list) else {})
