"""A person at the terminal with one question: try, look, pick, fill in, send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.field import asked as ask_fields
from maquette.cli.follow import display
from maquette.cli.preview import show_picture
from maquette.cli.sheet import made, put_question, spots
from maquette.cli.show import money, put

if TYPE_CHECKING:
    from maquette.client import Asset, Client, Interaction, Job

_HELP = "A number tries that one, p picks a result, s shows the question again, q leaves it open."


class Desk:
    """One question in front of one person."""

    def __init__(self, client: Client, asked: Interaction) -> None:
        self._client, self._asked = client, asked

    def work(self) -> dict[str, Any] | None:
        """Return the answer, or None where the question is left open."""
        put_question(self._asked)
        chosen: dict[str, Any] | None = {}
        if self._asked.select is not None:
            chosen = self._try() if self._asked.sub_actions else self._pick(_named(self._asked))
        if chosen is None:
            return None
        rest = dict(self._asked.response_schema)
        rest["properties"] = {name: spec for name, spec in rest.get("properties", {}).items() if name not in chosen}
        return chosen | ask_fields(rest, {})

    def _try(self) -> dict[str, Any] | None:
        """Let things be tried until one of the results is picked."""
        while True:
            places = spots(self._asked)
            for number, (name, path, content) in enumerate(places, 1):
                count = len(self._asked.results.get(path, ()))
                title = self._asked.sub_actions[name].get("title", name)
                put(f"{number:3}  {title}  {path}  ({count} so far)  {content}")
            word = click.prompt(_HELP, default="q", show_default=False, err=True).strip().lower()
            if word in ("q", ""):
                return None
            if word == "s":
                put_question(self._asked)
            elif word == "p":
                if (picked := self._pick([asset for _, asset in made(self._asked)])) is not None:
                    return picked
            elif word.isdigit() and 1 <= int(word) <= len(places):
                self._generate(*places[int(word) - 1][:2])

    def _generate(self, name: str, path: str) -> None:
        form = self._client.sub_action_form(self._asked, name, path)
        served = form.get("served_by") or {}
        put(str(served.get("note") or ""))
        params: Mapping[str, Any] = {}
        if form["schema"].get("properties") and click.confirm("Change the settings?", default=False, err=True):
            fields = form["schema"]["properties"]
            params = ask_fields(form["schema"], {k: v for k, v in form["defaults"].items() if k in fields})
        begun = self._client.act(self._asked, name, path, params)
        with display(as_json=False) as shown:
            self._report(self._client.wait(begun, on_event=shown.show))
        self._asked = self._client.interaction(self._asked)

    def _report(self, job: Job) -> None:
        failure = job.failure()
        if failure is not None:
            click.secho(f"{failure.message}\nHint: {failure.advice}", fg="red", err=True)
            return
        self._look(job.assets)
        put(f"Cost: {money(job.cost)}")

    def _look(self, assets: Sequence[Asset]) -> None:
        for asset in assets:
            if asset.media == "image":
                show_picture(self._client, asset, None)
            put(f"{asset.id}  {asset.mime}  {self._client.address()}{asset.content}")

    def _pick(self, among: Sequence[str | Asset]) -> dict[str, Any] | None:
        """Let results be picked, as many as are wanted; None where there is none yet."""
        select = self._asked.select or {}
        if not among:
            put("There is nothing to pick yet.")
            return None
        assets = [self._client.asset(each) if isinstance(each, str) else each for each in among]
        for number, asset in enumerate(assets, 1):
            put(f"{number:3}")
            self._look([asset])
        most = int(select.get("max", 1))
        words = "Which one?" if most == 1 else f"Which ones, {select.get('min', 1)} to {most}, separated by commas?"
        numbers = click.prompt(words, value_proc=lambda text: _numbers(text, len(assets)), err=True)
        ids = [assets[number - 1].id for number in numbers]
        return {select["field"]: ids[0] if most == 1 else ids}


def _numbers(text: str, most: int) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and 1 <= int(part) <= most for part in parts):
        raise click.BadParameter(f"give numbers from 1 to {most}")
    return [int(part) for part in dict.fromkeys(parts)]


def _named(asked: Interaction) -> list[str]:
    """Return the assets that the data of a question names."""
    found = list[str]()
    level = [asked.data]
    while level:
        value = level.pop(0)
        if isinstance(value, Mapping):
            if isinstance(value.get("asset_id"), str):
                found.append(value["asset_id"])
            level += list(value.values())
        elif isinstance(value, list):
            level += value
    return list(dict.fromkeys(found))
