"""Assets on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, money, put, put_json, put_table, size

_PARTS = {"made": "itself", "failed": "failed try", "variants": "another variant", "input": "made from"}


@click.group()
def assets() -> None:
    """List, upload, download, delete and restore media."""


@assets.command("list")
@click.option("--media", type=click.Choice(["image", "video", "audio", "text", "document"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@json_flag
@click.pass_obj
def list_assets(reach: Reach, media: str | None, limit: int, as_json: bool) -> None:
    """List assets, newest first."""
    found = list(reach.client().assets(limit=limit, media=media))
    if as_json:
        put_json([asset.raw for asset in found])
        return
    rows = [[asset.id, asset.mime, size(asset.size), moment(asset.created_at), asset.name] for asset in found]
    put_table(["asset", "type", "size", "created", "name"], rows)


@assets.command()
@click.argument("asset")
@json_flag
@click.pass_obj
def show(reach: Reach, asset: str, as_json: bool) -> None:
    """Show what is known of one asset."""
    found = reach.client().asset(asset).raw
    if as_json:
        put_json(found)
        return
    rows = {name: value for name, value in found.items() if name != "remarks" and value not in (None, "", {}, [])}
    put(*(f"{name}: {value}" for name, value in rows.items()))
    put(*(f"{said['title'] or 'note'}: {said['text']}" for said in found.get("remarks", ())))


@assets.command()
@click.argument("asset")
@json_flag
@click.pass_obj
def cost(reach: Reach, asset: str, as_json: bool) -> None:
    """Show what an asset cost, with failed tries, rejected variants and what it was made from."""
    told = reach.client().request("GET", f"/api/v1/assets/{asset}/cost")
    if as_json:
        put_json(told)
        return
    rows = [[_PARTS.get(part["kind"], part["kind"]), part["id"], money(part["cost"])] for part in told["parts"]]
    put_table(["for", "id", "cost"], [*rows, ["in all", asset, money(told["full"])]])


@assets.command()
@click.argument("asset")
@click.option("--hours", type=click.IntRange(1, 720), default=1, show_default=True, help="How long it works.")
@click.option("--open", "is_open", is_flag=True, help="For ever and for everybody, where the server allows that.")
@json_flag
@click.pass_obj
def share(reach: Reach, asset: str, hours: int, is_open: bool, as_json: bool) -> None:
    """Print an address that shows an asset to whoever holds it."""
    body = {"expires_in": None if is_open else hours * 3600}
    made = reach.client().request("POST", f"/api/v1/assets/{asset}/links", json=body)
    if as_json:
        put_json(made)
        return
    put(str(made["url"]))


@assets.command()
@click.argument("asset")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@json_flag
@click.pass_obj
def download(reach: Reach, asset: str, path: Path, as_json: bool) -> None:
    """Write an asset to PATH, a file or a folder."""
    written = reach.client().download(asset, path)
    if as_json:
        put_json({"asset": asset, "path": str(written)})
        return
    put(str(written))


@assets.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
@click.pass_obj
def upload(reach: Reach, path: Path, as_json: bool) -> None:
    """Upload a file."""
    made = reach.client().upload(path)
    if as_json:
        put_json(made.raw)
        return
    put(made.id)


@assets.command()
@click.argument("asset")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(reach: Reach, asset: str, yes: bool) -> None:
    """Put an asset into the bin, from which it can be restored for a week."""
    if not yes:
        click.confirm(f"Delete {asset}?", abort=True)
    reach.client().delete_asset(asset)


@assets.command()
@click.argument("asset")
@json_flag
@click.pass_obj
def restore(reach: Reach, asset: str, as_json: bool) -> None:
    """Bring an asset back from the bin."""
    back = reach.client().restore_asset(asset)
    if as_json:
        put_json(back.raw)
        return
    put(back.id)
