"""Prices on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from maquette.cli import document as documents
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json, put_table
from maquette.client.money import ModelPrice


@click.group()
def prices() -> None:
    """List what models cost, and set it."""


@prices.command("list")
@click.option("--provider", help="Only the models of this one.")
@json_flag
@click.pass_obj
def list_prices(reach: Reach, provider: str | None, as_json: bool) -> None:
    """List what every model costs, by whom, and when that was looked at."""
    found = reach.client().prices(provider)
    if as_json:
        put_json([each.raw for each in found])
        return
    put_table(
        ["provider", "model", "price in USD", "set by", "checked"],
        [[each.provider, each.model, _said(each), each.origin, each.checked_on] for each in found],
    )


def _said(each: ModelPrice) -> str:
    rates = [f"{rate} for a million {unit}" for unit, rate in (each.rates or {}).items()]
    rules = [
        f"{rule.get('usd') or rule['credits'] + ' credits'} per {rule['per']}"
        + "".join(f", {word} {value}" for word, value in rule["when"].items())
        for rule in each.rules
    ]
    return "; ".join([*rates, *rules]) or "unknown"


@prices.command("set")
@click.argument("provider")
@click.argument("model")
@click.option("--rate", "rates", multiple=True, metavar="UNIT=USD", help="USD for a million of a unit; repeatable.")
@click.option("--per", "rules", multiple=True, metavar="UNIT=USD", help="USD for one image, second …; repeatable.")
@click.option("--json-rules", help="Rules as a JSON list, where the price depends on parameters or is in credits.")
@click.option("--credit", help="USD for one credit.")
@click.option("--source", default="", help="Where the figures are from.")
@json_flag
@click.pass_obj
def set_price(reach: Reach, /, provider: str, model: str, as_json: bool, **words: Any) -> None:
    """Set what a model costs here, in place of what the catalog says."""
    listed = documents.of_text(words["json_rules"] or "[]", "--json-rules", list)
    rules = [{"per": unit, "usd": usd} for unit, usd in _pairs(words["rules"])] + listed
    price = {"rates": dict(_pairs(words["rates"])), "rules": rules, "source": words["source"]}
    price |= {"credit": words["credit"]} if words["credit"] else {}
    made = reach.client().set_price(provider, model, price)
    if as_json:
        put_json(made.raw)
        return
    put(f"{made.provider} {made.model}: {_said(made)}")


def _pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    found = list[tuple[str, str]]()
    for each in given:
        unit, sign, usd = each.partition("=")
        if not (unit and sign and usd):
            raise click.UsageError(f"{each!r} is not UNIT=USD, like image=0.04.")
        found.append((unit, usd))
    return found


@prices.command("unset")
@click.argument("provider")
@click.argument("model")
@click.pass_obj
def unset_price(reach: Reach, provider: str, model: str) -> None:
    """Let the catalog count again for a model."""
    reach.client().unset_price(provider, model)
