"""The steps of an import, each within the one commit of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from maquette.core import pattern as patterns
from maquette.core import preset as presets
from maquette.core import workflow as workflows
from maquette.core.action import Action, Definition
from maquette.core.errors import Conflict, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Account
from maquette.core.wildcard import WILDCARD
from maquette.engine.definition import KIND as GRAPH
from maquette.engine.studio import Studio
from maquette.services import account as account_service
from maquette.services import audit, secret
from maquette.services import preset as preset_service
from maquette.services.account import LIMITS, Draft
from maquette.services.caller import Caller
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx

_PLACEHOLDER = "to be entered"


class Report(Protocol):
    """Where an import notes what it does."""

    created: list[str]
    updated: list[str]
    unchanged: int
    needs_secrets: list[Mapping[str, Any]]


def account(tx: Tx, studio: Studio, caller: Caller, entry: Mapping[str, Any], done: Report) -> None:
    """Make an account, or change the one of that provider and name; raises `ParamsInvalid` or `Conflict`."""
    kind = studio.registry.provider(entry["provider"]).settings
    strange = sorted(set(entry["secrets"]) - set(secret.secret_fields(kind)))
    if strange:
        raise _fault("secrets", f"provider {entry['provider']!r} has no secret {strange[0]!r}")
    for old in accounts.listed(tx, entry["provider"]):
        if old.name == entry["name"]:
            return _changed(tx, studio, caller, (old, entry), done)
    limits = {name: entry[name] for name in LIMITS}
    missing = [
        name
        for name in secret.secret_fields(kind)
        if not entry["settings"].get(name) and (name in entry["secrets"] or kind.model_fields[name].is_required())
    ]
    stand_in = entry["settings"] | dict.fromkeys(missing, _PLACEHOLDER)
    made = account_service.drafted(studio, caller, entry["provider"], Draft(entry["name"], stand_in, limits))
    if missing:
        sealed = {name: text for name, text in made.sealed.items() if name not in missing}
        made = replace(made, sealed=sealed, enabled=False)
        done.needs_secrets.append({"account": made.id, "name": made.name, "secrets": missing})
    accounts.insert(tx, made)
    audit.note_account(tx, caller, "created", made)
    account_service.tell(tx, made)
    done.created.append(made.id)
    return None


def _changed(tx: Tx, studio: Studio, caller: Caller, pair: tuple[Account, Mapping[str, Any]], done: Report) -> None:
    old, entry = pair
    if old.origin != "user":
        raise Conflict(f"Account {old.name!r} of {old.provider!r} is not one that can be changed here")
    changes: dict[str, Any] = {name: entry[name] for name in LIMITS if entry[name] != getattr(old, name)}
    if any(name not in old.sealed and not entry["settings"].get(name) for name in entry["secrets"]):
        changes.pop("enabled", None)  # it still waits for a secret that it never had here
    if any(old.settings.get(name) != value for name, value in entry["settings"].items()) or (
        old.settings.keys() - entry["settings"].keys()
    ):
        gone = dict.fromkeys(old.settings.keys() - entry["settings"].keys())
        changes |= account_service.changed_settings(studio, old, gone | entry["settings"])
    if not changes:
        done.unchanged += 1
        return
    account_service.check_move(studio, tx, old, changes)
    fresh = accounts.update(tx, old.id, **changes)
    audit.note_account(tx, caller, "updated", fresh, before=old)
    account_service.tell(tx, fresh)
    done.updated.append(old.id)


def definition(tx: Tx, caller: Caller, row: Mapping[str, Any], done: Report) -> None:
    """Keep a definition, as a further version where there is one of that name with another body."""
    kind, name, provider = row["kind"], row["name"], row["provider"]
    if kind != GRAPH and provider is not None:
        raise _fault("provider", f"a {kind} belongs to no provider")
    for owner, old in accounts.defined(tx, kind):
        if (owner, old.name) == (provider, name):
            if old.body == row["body"]:
                done.unchanged += 1
                return
            fresh = Definition(old.id, kind, name, old.version + 1, row["body"])
            accounts.define(tx, fresh, provider)
            audit.note_definition(tx, caller, "changed", fresh, before=old)
            done.updated.append(fresh.id)
            return
    fresh = Definition(new_id(_PREFIXES.get(kind, "definition")), kind, name, 1, row["body"])
    accounts.define(tx, fresh, provider)
    audit.note_definition(tx, caller, "created", fresh)
    done.created.append(fresh.id)


def check(tx: Tx, studio: Studio, kind: str, body: Mapping[str, Any]) -> None:
    """Refuse a definition that could not work among those of this commit; raises `ParamsInvalid`."""
    if kind == workflows.KIND:
        _check_workflow(tx, studio, body)
    elif kind == presets.KIND:
        preset = presets.read(body)
        if found := list(preset_service.faults(studio.registry, accounts.listed(tx), preset)):
            raise presets.refused(found)
    elif kind == patterns.KIND:
        patterns.read(body)
    elif kind == WILDCARD:
        patterns.parsed(patterns.Wordlist, body, "The list")
    else:
        _graphs(tx, studio)


def _check_workflow(tx: Tx, studio: Studio, body: Mapping[str, Any]) -> None:
    workflow = workflows.read(body)
    known = {each.definition.name for each in definitions.newest(tx, workflows.KIND)}
    known |= {each.name for each in studio.registry.shipped(workflows.KIND)}
    faults = list(workflows.check(workflow, _finder(tx, studio)))
    faults += [
        {"path": path, "message": f"there is no workflow {name!r}"}
        for name, path in workflows.nested(workflow)
        if name not in known
    ]
    if faults:
        raise workflows.refused(faults)


def _finder(tx: Tx, studio: Studio) -> Callable[[str], Action]:
    graphs = _graphs(tx, studio)

    def find(name: str) -> Action:
        return studio.registry.known(name) or graphs.get(name) or studio.registry.action(name)

    return find


def _graphs(tx: Tx, studio: Studio) -> dict[str, Action]:
    """Return the actions of all graphs as this commit will leave them; raises `ParamsInvalid` where one makes none."""
    owned: dict[str, list[Definition]] = {}
    for provider, each in accounts.defined(tx, GRAPH):
        if provider is None or not studio.registry.has(provider):
            raise _fault("", f"graph {each.name!r} is of provider {provider!r}, which is not installed")
        owned.setdefault(provider, []).append(each)
    made: dict[str, Action] = {}
    for provider, rows in owned.items():
        try:
            made |= {action.name: action for action in studio.registry.provider(provider).actions(rows)}
        except (KeyError, TypeError, ValueError) as error:
            raise _fault("", f"provider {provider!r} cannot read one of its graphs: {error!r}") from error
    return made


def _fault(path: str, message: str) -> ParamsInvalid:
    return ParamsInvalid(message, errors=[{"path": path, "message": message}])


_PREFIXES = {workflows.KIND: "workflow", presets.KIND: "preset", patterns.KIND: "template", WILDCARD: "list"}
