"""`maquette providers check`: hold a provider to the contract, and on request make one thing by each of its actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.catalog import providers
from maquette.cli.outcome import FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, money, put, put_json, put_table
from maquette.core.errors import MaquetteError

if TYPE_CHECKING:
    from maquette.client import Action, Client

SMALLEST = ("width", "height", "steps", "n", "duration", "seconds")
"""Numbers that are set to the least that the schema allows, so that a live run costs as little as it can."""
INPUTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "image": ("media.painter.txt2img", {"prompt": "a red disc on white", "width": 256, "height": 256}),
    "audio": ("media.narrator.speech", {"prompt": "One, two, three."}),
    "video": ("media.slideshow.txt2vid", {"prompt": "a red disc on white", "duration": 2}),
}
"""What is made for nothing where an action takes a file."""
WORDS = "A red disc on white."


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one paid call."""

    action: str
    ok: bool
    detail: str
    cost_micro_usd: int = 0


@providers.command("check")
@click.argument("name")
@click.option("--account", help="Also prove this account by its free calls; with --live, make things on it.")
@click.option(
    "--live", is_flag=True, help="Make one thing by each action, as cheaply as it can; the price comes first."
)
@click.option("--yes", is_flag=True, help="Pay without being asked.")
@json_flag
@click.pass_obj
def check(reach: Reach, name: str, account: str | None, live: bool, yes: bool, as_json: bool) -> int:
    """Hold a provider, built in or installed, to every rule of the contract."""
    client = reach.client()
    asked = {"account": account} if account else {}
    found = client.request("POST", f"/api/v1/providers/{name}/contract", params=asked)["items"]
    trials = _live(client, name, account, yes) if live and all(each["kept"] for each in found) else []
    if as_json:
        put_json({"rules": found, "live": [asdict(trial) for trial in trials]})
    else:
        _show(found, trials)
        if live and not trials:
            put("Nothing was made.")
    return OK if all(each["kept"] for each in found) and all(trial.ok for trial in trials) else FAILED


def _show(found: Sequence[Mapping[str, Any]], trials: Sequence[Trial]) -> None:
    rows = [["ok" if each["kept"] else "BROKEN", each["rule"], each["note"]] for each in found]
    put_table(["verdict", "rule", "note"], rows)
    for each in found:
        for fault in each["faults"]:
            put(f"  {each['rule']}: {fault}")
    if trials:
        rows = [["ok" if t.ok else "FAILED", t.action, money(t.cost_micro_usd), t.detail] for t in trials]
        put_table(["verdict", "action", "cost", "what"], rows)


def _live(client: Client, name: str, account: str | None, yes: bool) -> list[Trial]:
    bodies = [
        {"action": action.name, "params": _example(client, action)} | ({"account": account} if account else {})
        for action in client.actions()
        if action.provider == name
    ]
    prices = [client.request("POST", "/api/v1/estimate", json=body) for body in bodies]
    most = sum(price["max"] for price in prices)
    known = all(price["known"] for price in prices)
    unknown = "" if known else ", and the price of some is not known"
    click.echo(f"{len(bodies)} calls, at most {money(most)}{unknown}.", err=True)
    if not yes and not click.confirm("Make them?", err=True):
        return []
    return list(_tried(client, bodies))


def _tried(client: Client, bodies: Sequence[Mapping[str, Any]]) -> Iterator[Trial]:
    for body in bodies:
        action = str(body["action"])
        try:
            job = client.generate(action, account=body.get("account"), **body["params"])
            made = job.result()
            yield Trial(action, bool(made), ", ".join(f"{asset.mime} {asset.id}" for asset in made), job.cost)
        except MaquetteError as error:
            yield Trial(action, False, f"{error.message}. {error.advice}")


def _example(client: Client, action: Action) -> dict[str, Any]:
    """Return the least that an action can be asked for."""
    fields: Mapping[str, Mapping[str, Any]] = action.schema["properties"]
    given: dict[str, Any] = {}
    for word in action.schema.get("required", ()):
        given[word] = _value(client, fields[word])
    for word in SMALLEST:
        if word in fields and "minimum" in fields[word]:
            given[word] = fields[word]["minimum"]
    return given


def _value(client: Client, spec: Mapping[str, Any]) -> Any:
    inner = spec.get("items", {}) if spec.get("type") == "array" else spec
    media = spec.get("x-accept") or inner.get("x-accept")
    if media:
        action, params = INPUTS[next(each for each in media if each in INPUTS)]
        asset = client.generate(action, **params).result()[0].id
        return [asset] if spec.get("type") == "array" else asset
    if "default" in spec:
        return spec["default"]
    if "enum" in spec:
        return spec["enum"][0]
    return spec.get("minimum", WORDS) if spec.get("type") in ("integer", "number") else WORDS
