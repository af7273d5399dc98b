"""Accounts on the command line; secrets are asked for, read from stdin, or taken from where they are kept."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import click

from maquette.cli import reference
from maquette.cli.reach import Reach
from maquette.cli.serve import become
from maquette.cli.show import json_flag, put, put_json, put_table

if TYPE_CHECKING:
    from maquette.client import Account, Client


@click.group()
def accounts() -> None:
    """Add, check, list and remove accounts of providers."""


@accounts.command("list")
@json_flag
@click.pass_obj
def list_accounts(reach: Reach, as_json: bool) -> None:
    """List the accounts."""
    found = reach.client().accounts()
    if as_json:
        put_json([account.raw for account in found])
        return
    rows = [[a.id, a.provider, a.name, _health(a), "on" if a.enabled else "off"] for a in found]
    put_table(["account", "provider", "name", "health", "use"], rows)


def _health(account: Account) -> str:
    health = account.raw.get("health")
    return str(health.get("state", "")) if isinstance(health, dict) else ""


@accounts.command()
@click.argument("provider")
@click.option("--name", help="A name of your own.")
@click.option(
    "--api-key",
    help="- reads the key from stdin; env:NAME, file:PATH, keyring:SERVICE/USER or command:LINE tell where it is kept; "
    "else it is asked for.",
)
@click.option("--base-url", help="Where the provider listens, if it is not the usual place.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A further setting; repeatable.")
@click.option("--concurrency", type=click.IntRange(1), help="Attempts at once.")
@json_flag
@click.pass_obj
def add(reach: Reach, /, provider: str, as_json: bool, **values: Any) -> None:
    """Add an account of PROVIDER.

    A reference (env:, file:, keyring:, command:) is kept as such by the server of this home folder, which follows it
    whenever it needs the secret. To a server named by --url, the secret itself is sent.
    """
    client = reach.client()
    known = client.request("GET", f"/api/v1/providers/{provider}")
    needed = known.get("settings", {}).get("required", ())
    settings = dict(_pair(pair) for pair in values["pairs"])
    if values["base_url"]:
        settings["base_url"] = values["base_url"]
    for field in known.get("secrets", ()):
        text = values["api_key"] if field == "api_key" else settings.get(field)
        if text is not None or field in needed:
            settings[field] = reference.absolute(text) if _keeps(text, reach) else _secret(field, text)
    if not reach.named and reference.referred(settings):
        entry = {"provider": provider, "name": values["name"] or provider, "settings": settings}
        entry |= {"concurrency": values["concurrency"]} if values["concurrency"] else {}
        account = reference.add(reach.home, client, entry)
        put_json({"id": account}) if as_json else put(account, f"Check it: maquette accounts check {account}")
        return
    limits = {name: values[name] for name in ("name", "concurrency") if values[name] is not None}
    made = client.add_account(provider, settings=settings, **limits)
    if as_json:
        put_json(made.raw)
        return
    put(made.id, f"Check it: maquette accounts check {made.id}")


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set {text!r}: write KEY=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _keeps(text: Any, reach: Reach) -> TypeGuard[str]:
    """Tell whether a text stays a reference, which the server of this home folder follows."""
    if not isinstance(text, str):
        return False
    if reach.named and text.startswith(reference.LOCAL_ONLY):
        raise click.UsageError(
            "keyring: and command: are followed by the server of a home folder on this machine only."
        )
    return not reach.named and text.startswith(reference.KINDS)


def _secret(field: str, text: str | None) -> str:
    """Return a secret: from stdin, a variable or a file of this machine, as given, or asked for unseen."""
    if text is None:
        return str(click.prompt(field.replace("_", " "), hide_input=True, err=True))
    if text == "-":
        return sys.stdin.readline().strip()
    kind, _, name = text.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise click.UsageError(f"There is no variable {name!r} in the environment.")
        return os.environ[name]
    if kind == "file":
        try:
            return Path(name).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            raise click.UsageError(f"File {name!r} cannot be read: {error.strerror}") from error
    return text


@accounts.command()
@click.argument("account")
@json_flag
@click.pass_obj
def check(reach: Reach, account: str, as_json: bool) -> None:
    """Prove by a free call that an account works."""
    client = reach.client()
    client.check_account(found(client, account))
    if as_json:
        put_json({"success": True})
        return
    put("It works.")


@accounts.command()
@click.argument("account")
@json_flag
@click.pass_obj
def models(reach: Reach, account: str, as_json: bool) -> None:
    """List the models that an account can use."""
    client = reach.client()
    offered = client.account_models(found(client, account))
    if as_json:
        put_json(list(offered))
        return
    put(*(str(model.get("id", model)) for model in offered))


@accounts.command()
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(reach: Reach, account: str, yes: bool) -> None:
    """Remove an account and its secrets."""
    client = reach.client()
    known = found(client, account)
    if not yes:
        click.confirm(f"Remove account {known.name!r} of {known.provider}?", abort=True)
    if reach.named or not reference.remove(reach.home, client, known.provider, known.name):
        client.remove_account(known)


@accounts.command()
@click.pass_obj
def rekey(reach: Reach) -> None:
    """Replace the master key and seal every secret anew; the server must be stopped. API keys go on working."""
    become(reach, "maquette.api.rekey", ())


@accounts.command()
@click.argument("account")
@click.option("--off", is_flag=True, help="Disable it instead.")
@json_flag
@click.pass_obj
def enable(reach: Reach, account: str, off: bool, as_json: bool) -> None:
    """Let an account be used, or not."""
    client = reach.client()
    changed = client.change_account(found(client, account), enabled=not off)
    if as_json:
        put_json(changed.raw)
        return
    put(f"Account {changed.name!r} is {'off' if off else 'on'}.")


def found(client: Client, text: str) -> Account:
    """Return the account with this id, or the only one with this name or provider."""
    every = client.accounts()
    exact = [account for account in every if account.id == text]
    named = exact or [account for account in every if text in (account.name, account.provider)]
    if len(named) != 1:
        known = ", ".join(f"{account.id} ({account.provider}: {account.name})" for account in named or every)
        raise click.UsageError(
            f"{text!r} names {'several accounts' if named else 'no account'}. There are: {known or 'none'}"
        )
    return named[0]


@accounts.command()
@click.option("--add", "sources", multiple=True, metavar="SOURCE", help="Make the account of an offer; repeatable.")
@json_flag
@click.pass_obj
def discover(reach: Reach, sources: tuple[str, ...], as_json: bool) -> None:
    """Look for servers and keys on the server's machine that could become accounts; nothing is used unasked."""
    client = reach.client()
    found = client.request("GET", "/api/v1/discovery")["items"]
    for source in sources:
        offer = next((each for each in found if each["source"] == source), None)
        if offer is None:
            known = ", ".join(each["source"] for each in found) or "nothing"
            raise click.UsageError(f"{source!r} was not found; what was: {known}")
        made = client.request("POST", "/api/v1/discovery", json={"provider": offer["provider"], "source": source})
        found.remove(offer)
        if not as_json:
            put(f"{made['id']}  {made['provider']} at {source}")
    if as_json:
        put_json(found)
    elif found or not sources:
        put_table(
            ["provider", "found as", "source"], [[each["provider"], each["kind"], each["source"]] for each in found]
        )
