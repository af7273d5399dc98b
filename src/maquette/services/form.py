"""Blank forms: the JSON Schema by which a person fills in what this installation keeps, with its choices filled in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from maquette.core.form import normalise
from maquette.core.model import Account
from maquette.core.params import MEDIA
from maquette.core.registry import Registry
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.services.housekeeping import filter_titles
from maquette.store import account as accounts

Ready = Callable[[dict[str, Any], Registry, Sequence[Account]], dict[str, Any]]
"""Makes the schema of a body into a form, by what is installed and which accounts there are."""

_LAYOUT = [
    ["title"],
    ["media", "strategy", "pick"],
    ["candidates"],
    {
        "group": "More",
        "collapsed": True,
        "rows": [
            ["name"], ["description"], ["defaults"], ["priority", "max_attempts"], ["on_moderation", "aggressive"],
            ["enabled"],
        ],
    },
]  # fmt: skip
_STRATEGIES = {
    "fallback": "One after the other",
    "weighted": "Drawn by weight",
    "adaptive": "By what works best",
    "ensemble": "All at once",
    "sequential": "Each feeds the next",
}
_MEDIA = {"image": "Image", "video": "Video", "audio": "Sound", "text": "Text", "document": "Document"}
_PICKS = {"all": "Keep all", "first": "Take the first", "person": "Let me choose"}
_MODERATION = {"stop": "Stop", "next": "Try the next"}
_MODES = {"hard": "Refuse what does not fit", "warning": "Only warn"}
_UNPRICED = {"allow": "Let it pass", "refuse": "Refuse it"}
_PERIODS = {"day": "A day", "month": "A month", "total": "In all"}
_SCOPES = {
    "workspace": "Everything",
    "provider": "A provider",
    "account": "An account",
    "preset": "A preset",
    "run": "A run of a workflow",
    "key": "An API key",
}
_FORMATS = {"double": "{{ name }}", "brace": "{name}"}
_REUSES = {"seeded": "With a seed and a price", "asked": "Where asked", "off": "Never"}
_HOUSE = {
    "rules": ("What may go", ""),
    "compress": ("Fewer bytes", ""),
    "reuse": ("Answer a request again", ""),
    "reuse_days": ("By a result no older than", "days"),
    "filters": ("Content filters", ""),
}
_RULE = {
    "older_than_days": ("Older than", "days"),
    "larger_than_mb": ("Single files larger than", "MB"),
    "most_mb": ("More in all than", "MB"),
    "drafts": ("Drafts alone", ""),
}
_ROLES = {"member": "Makes things", "viewer": "Looks only", "admin": "Manages everything"}
_SCOPED = (
    "Groups of routes (`jobs`, `assets:read`), actions by name or pattern (`action:media.painter.*`), presets "
    "(`preset:posters`). All else is refused."
)
_ONE_BY_ONE = ["fallback", "weighted", "adaptive"]


async def blank(studio: Studio, caller: Caller, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form in which a body of this schema is filled in, as it is here and now."""
    known = await studio.store.read(caller.workspace, accounts.listed)
    return await asyncio.to_thread(lambda: FORMS[name](normalise(body), studio.registry, known))


def _preset(form: dict[str, Any], registry: Registry, known: Sequence[Account]) -> dict[str, Any]:
    fields = form["properties"]
    _choose(fields["media"], {name: _MEDIA[name] for name in MEDIA}, "select")
    _choose(fields["strategy"], _STRATEGIES, "select")
    _choose(fields["pick"], _PICKS, "select")
    _choose(fields["on_moderation"], _MODERATION, "segmented")
    fields["pick"]["x-visible"] = {"strategy": ["ensemble"]}
    fields["aggressive"]["x-visible"] = fields["on_moderation"]["x-visible"] = {"strategy": _ONE_BY_ONE}
    fields["priority"]["x-widget"] = "number"
    fields["max_attempts"]["x-widget"] = "number"
    fields["defaults"]["x-schema"] = {"href": "/api/v1/actions/{candidates.0.action}"}
    candidates = fields["candidates"]
    candidates["items"] |= {"title": "Candidate", "x-layout": [["action"], ["account", "weight"], ["params"]]}
    _fill(candidates["items"]["properties"], registry, known)
    return form | {"x-layout": _LAYOUT, "x-summary": []}


def _fill(fields: dict[str, Any], registry: Registry, known: Sequence[Account]) -> None:
    actions = {
        action.name: f"{action.title} · {registry.provider(action.provider).title}"
        for action in registry.actions()
        if not action.composite and action.produces != "data"
    }
    titles = {name: registry.provider(name).title for name in {each.provider for each in known} & {*registry.names()}}
    names = {each.id: f"{each.name} · {titles.get(each.provider, each.provider)}" for each in known}
    _choose(fields["action"], actions, "combobox")
    _choose(fields["account"], names, "select")
    fields["params"] |= {"title": "Fixed settings", "x-schema": {"href": "/api/v1/actions/{action}"}}
    fields["weight"]["x-widget"] = "number"
    fields["account"]["description"] = "Empty: whichever is free."
    fields["weight"]["description"] = "For drawing by weight."
    fields["action"].pop("description")


def _choose(field: dict[str, Any], titles: Mapping[str, str], widget: str) -> None:
    """Offer choices under their titles, in place."""
    field.pop("enum", None)
    field |= {"oneOf": [{"const": value, "title": title} for value, title in titles.items()], "x-widget": widget}


def _budget(form: dict[str, Any], _registry: Registry, _known: Sequence[Account]) -> dict[str, Any]:
    fields = form["properties"]
    fields.pop("currency")
    fields["amount"] |= {"title": "At most", "description": "In US dollars.", "x-widget": "money"}
    _choose(fields["mode"], _MODES, "segmented")
    _choose(fields["unpriced"], _UNPRICED, "segmented")
    fields["unpriced"] |= {"title": "Work of unknown price", "description": "What becomes of it."}
    fields["mode"]["description"] = "Before anything is paid."
    if "scope" not in fields:
        return form | {"x-layout": [["name"], ["amount", "mode"], ["unpriced"], ["enabled"]], "x-summary": []}
    _choose(fields["scope"], _SCOPES, "select")
    _choose(fields["period"], _PERIODS, "segmented")
    fields["period"]["description"] = "In UTC; in all counts from now on."
    fields["scope"] |= {"title": "For", "description": "With all that it starts."}
    fields["subject"] |= {
        "title": "Which one", "description": "Empty: each by itself.", "x-widget": "combobox",
        "x-visible": {"scope": [each for each in _SCOPES if each != "workspace"]},
        "x-options": {"href": "/api/v1/forms/budget/choices/subject?of={scope}"},
    }  # fmt: skip
    layout = [["name"], ["amount", "period"], ["scope", "subject"], ["mode", "unpriced"]]
    return form | {"x-layout": layout, "x-summary": []}


def _template(form: dict[str, Any], _registry: Registry, _known: Sequence[Account]) -> dict[str, Any]:
    fields = form["properties"]
    _choose(fields["media"], {name: _MEDIA[name] for name in MEDIA}, "select")
    _choose(fields["format"], _FORMATS, "segmented")
    fields["base_prompt"]["title"] = "Prompt"
    fields["format"] |= {"title": "Variables are written", "description": ""}
    fields["dynamic"] |= {"title": "Varies", "x-visible": {"format": ["double"]}}
    fields["default_params"]["title"] = "Parameters"
    return form


def _key(form: dict[str, Any], _registry: Registry, _known: Sequence[Account]) -> dict[str, Any]:
    fields = form["properties"]
    fields.pop("expires_at")
    _choose(fields["role"], _ROLES, "select")
    fields["name"] |= {"title": "What for", "description": ""}
    fields["role"] |= {"title": "May do", "description": "", "default": "member"}
    fields["scopes"] |= {"title": "With these alone", "description": _SCOPED, "x-placeholder": "All that it may do"}
    fields["per_minute"] |= {"title": "Jobs a minute", "description": "", "x-widget": "number", "x-placeholder": "Any"}
    more = {"group": "Narrower", "collapsed": True, "rows": [["scopes"], ["per_minute"]]}
    return form | {"x-layout": [["name", "role"], more], "x-summary": []}


def _housekeeping(form: dict[str, Any], _registry: Registry, _known: Sequence[Account]) -> dict[str, Any]:
    fields = form["properties"]
    _choose(fields["reuse"], _REUSES, "segmented")
    _choose(fields["filters"]["items"]["properties"]["filter"], filter_titles(), "select")
    rule = fields["rules"]["items"]["properties"]
    for found, words in ((fields, _HOUSE), (rule, _RULE)):
        for name, (title, unit) in words.items():
            found[name] |= {"title": title} | ({"x-unit": unit} if unit else {})
    return form


FORMS: Mapping[str, Ready] = {
    "preset": _preset,
    "budget": _budget,
    "budget-change": _budget,
    "housekeeping": _housekeeping,
    "template": _template,
    "key": _key,
}
"""Every form, by name."""
