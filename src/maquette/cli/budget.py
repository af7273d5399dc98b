"""Budgets on the command line; sums are in dollars here."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import click
from typing_extensions import override

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, money, put, put_json, put_table
from maquette.client.money import Budget

SCOPES = ("workspace", "key", "account", "provider", "preset", "run")
_BUDGET = click.argument("budget")


class Dollars(click.ParamType[int]):
    """A sum in dollars, as micro-USD."""

    name = "dollars"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            found = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is no sum in dollars, like 25 or 0.50", param, ctx)
        if not found.is_finite():
            self.fail(f"{value!r} is no sum", param, ctx)
        if found < 0:
            self.fail(f"{value!r} is less than nothing", param, ctx)
        return int(found * 1_000_000)


@click.group()
def budgets() -> None:
    """List, add, change and remove budgets."""


@budgets.command("list")
@json_flag
@click.pass_obj
def list_budgets(reach: Reach, as_json: bool) -> None:
    """List the budgets with how they stand."""
    found = reach.client().budgets()
    if as_json:
        put_json([each.raw for each in found])
        return
    put_table(["budget", "for", "amount", "period", "mode", "spent", "held", "resets"], [_row(each) for each in found])


def _row(each: Budget) -> list[str]:
    spent, held = (sum(counter[name] for counter in each.counters) for name in ("spent", "reserved"))
    mode = each.mode if each.enabled else "off"
    sums = [_sum(spent), _sum(held)]
    return [each.name, each.title, _sum(each.amount), each.period, mode, *sums, moment(each.resets_at)]


def _sum(micro_usd: int) -> str:
    return money(micro_usd) if micro_usd else "$0.00"


@budgets.command("show")
@_BUDGET
@json_flag
@click.pass_obj
def show_budget(reach: Reach, budget: str, as_json: bool) -> None:
    """Show one budget, and each that counts for it."""
    found = reach.client().budget(budget)
    if as_json:
        put_json(found.raw)
        return
    put(f"{found.name}: {_sum(found.amount)} a {found.period}, {found.mode}, for {found.title}")
    put_table(
        ["subject", "spent", "held", "left"],
        [
            [each["subject"] or "all", _sum(each["spent"]), _sum(each["reserved"]), _sum(each["left"])]
            for each in found.counters
        ],
    )


@budgets.command()
@click.argument("name")
@click.argument("amount", type=Dollars())
@click.option("--scope", type=click.Choice(SCOPES), default="workspace", show_default=True, help="What it is for.")
@click.option("--for", "subject", help="Id or name of the key, account, provider, preset or workflow; else each one.")
@click.option("--period", type=click.Choice(["day", "month", "total"]), default="month", show_default=True)
@click.option("--warn", is_flag=True, help="Tell of what does not fit, and let it pass.")
@click.option("--refuse-unpriced", is_flag=True, help="Refuse work whose price nobody knows.")
@json_flag
@click.pass_obj
def add(reach: Reach, /, name: str, amount: int, as_json: bool, **words: Any) -> None:
    """Add a budget of so many dollars."""
    asked = {name: words[name] for name in ("scope", "subject", "period")}
    asked |= {"mode": "warning"} if words["warn"] else {}
    asked |= {"unpriced": "refuse"} if words["refuse_unpriced"] else {}
    made = reach.client().add_budget(name, amount, **asked)
    _tell(made, as_json)


@budgets.command()
@_BUDGET
@click.option("--amount", type=Dollars(), help="So many dollars.")
@click.option("--name", help="Another name.")
@click.option("--mode", type=click.Choice(["hard", "warning"]))
@click.option("--on/--off", "enabled", default=None, help="Whether it is in force.")
@json_flag
@click.pass_obj
def change(reach: Reach, /, budget: str, as_json: bool, **changes: Any) -> None:
    """Change a budget."""
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise click.UsageError("Say what to change: --amount, --name, --mode, --on or --off.")
    _tell(reach.client().change_budget(budget, **given), as_json)


def _tell(made: Budget, as_json: bool) -> None:
    if as_json:
        put_json(made.raw)
        return
    put(f"{made.name}  {made.id}", f"{_sum(made.amount)} a {made.period} for {made.title}, {made.mode}.")


@budgets.command()
@_BUDGET
@click.pass_obj
def remove(reach: Reach, budget: str) -> None:
    """Remove a budget with its counters."""
    reach.client().remove_budget(budget)
