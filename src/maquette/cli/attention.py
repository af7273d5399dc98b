"""What needs a decision of yours, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, money, put, put_json, put_table

WAYS = ["resubmit", "attach", "give_up"]


@click.group(invoke_without_command=True)
@click.pass_context
def attention(context: click.Context) -> None:
    """List and settle paid calls of which nobody knows whether they were taken."""
    if context.invoked_subcommand is None:
        context.invoke(list_doubts)


@attention.command("list")
@json_flag
@click.pass_obj
def list_doubts(reach: Reach, as_json: bool = False) -> None:
    """List them, newest first, with the money at stake and where to look."""
    items = list[dict[str, Any]]()
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = reach.client().request("GET", "/api/v1/attention", params=query)
        items += page["items"]
        if not page["next"]:
            break
        query["before"] = page["next"]
    if as_json:
        put_json(items)
        return
    rows = [
        [row["job"], row["job_state"], row["provider"], row["account_name"], moment(row["sent_at"]),
         money(row["money_at_stake"]), row["page"] or "-", row["reason"]]
        for row in items
    ]  # fmt: skip
    put_table(["job", "state", "provider", "account", "sent", "at stake", "look at", "why"], rows)
    if items:
        put(f"Look whether it was made, then: maquette attention resolve JOB --how {'|'.join(WAYS)}")


@attention.command()
@click.argument("job")
@click.option("--how", type=click.Choice(WAYS), required=True, help="What you found out.")
@click.option("--handle", help="With attach: the provider's id of the work, as JSON or plain text.")
@click.option("--asset", help="With attach: the id of an asset that holds the result.")
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With attach: the result as a file, which is uploaded.",
)  # fmt: skip
@json_flag
@click.pass_obj
def resolve(reach: Reach, /, job: str, as_json: bool, **values: Any) -> None:
    """Settle one: send it again, attach what was found at the provider, or let it go."""
    given = [name for name in ("handle", "asset", "path") if values[name] is not None]
    if (values["how"] == "attach") != (len(given) == 1):
        raise click.UsageError("Give one of --handle, --asset and --file with --how attach, and none of them else.")
    client = reach.client()
    asset = client.upload(values["path"]).id if values["path"] else values["asset"]
    settled = client.resolve(job, values["how"], handle=plain_or_json(values["handle"]), asset=asset)
    if as_json:
        put_json(settled.raw)
        return
    put(f"{settled.id}  {settled.state}")


def plain_or_json(text: str | None) -> Any:
    """Return what a text says as JSON, else the text itself."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
