"""`maquette answer`: show what a run asks, try what it offers, and answer, by hand or from a script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.outcome import ATTENTION, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json

if TYPE_CHECKING:
    from maquette.client import Client, Interaction


@click.command()
@click.argument("which", required=False, metavar="[ID]")
@click.option("--choose", "chosen", multiple=True, metavar="ASSET", help="The asset to go on with; repeatable.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A field of the answer; repeatable.")
@json_flag
@click.pass_obj
def answer(reach: Reach, which: str | None, chosen: Sequence[str], pairs: Sequence[str], as_json: bool) -> int:
    """Answer what a run asks you.

    ID is that of the interaction or of its run; without one it is whatever waits longest. At a terminal the question is
    shown, what it offers can be tried again and again, and one result is picked. With --choose or --set it is answered
    at once. Exit code 5: it is open still.
    """
    client = reach.client()
    asked = _found(client, which)
    if chosen or pairs:
        return _done(client.answer(asked, _response(asked, chosen, pairs)), as_json)
    if as_json or asked.state != "open" or not sys.stdin.isatty():
        return _shown(asked, as_json)
    from maquette.cli.desk import Desk  # noqa: PLC0415 - only where a person sits at it

    response = Desk(client, asked).work()
    if response is None:
        put(f"Left open: maquette answer {asked.id}")
        return ATTENTION
    return _done(client.answer(asked, response), as_json)


def _found(client: Client, which: str | None) -> Interaction:
    if which is not None and which.startswith("int_"):
        return client.interaction(which)
    run = f"job_{which.rpartition('_')[2]}" if which is not None else None
    waiting = list(client.interactions(state="open", run=run))
    if not waiting:
        raise click.UsageError(f"{which} asks nothing now." if which else "Nothing waits for an answer.")
    return waiting[-1]


def _response(asked: Interaction, chosen: Sequence[str], pairs: Sequence[str]) -> dict[str, Any]:
    from maquette.cli.field import given  # noqa: PLC0415 - only where something is given

    response = given(pairs, asked.response_schema)
    if chosen:
        if asked.select is None:
            raise click.UsageError("This question has nothing to choose; answer it with --set NAME=VALUE.")
        response[asked.select["field"]] = chosen[0] if asked.select["max"] == 1 and len(chosen) == 1 else list(chosen)
    return response


def _shown(asked: Interaction, as_json: bool) -> int:
    from maquette.cli.sheet import put_question  # noqa: PLC0415 - as above

    if as_json:
        put_json(asked.raw)
    else:
        put_question(asked)
    return ATTENTION if asked.state == "open" else OK


def _done(asked: Interaction, as_json: bool) -> int:
    if as_json:
        put_json(asked.raw)
    else:
        put(f"Answered. The run goes on: maquette runs wait {asked.run}")
    return OK
