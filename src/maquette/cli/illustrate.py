"""`maquette illustrate FILE`: an article goes in, and comes back with its pictures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.outcome import FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, money, put, put_json

if TYPE_CHECKING:
    from maquette.client import Client, Content


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Where the document goes.")
@click.option(
    "--images", type=click.IntRange(1, 5), help="How many pictures stand within it, besides the featured one."
)
@click.option("--action", help="The action that makes the pictures; without it, that of the settings.")
@click.option("--account", help="Id or name of the account to use.")
@click.option("--type", "image_type", type=click.Choice(["realistic", "artistic", "cartoon"]), help="Their look.")
@click.option("--format", "image_format", type=click.Choice(["webp", "jpg", "png"]), help="Their format.")
@json_flag
@click.pass_obj
def illustrate(
    reach: Reach, /, file: Path, output: Path | None, images: int | None, as_json: bool, **words: Any
) -> int:
    """Give an article in Markdown, HTML or DOCX its pictures; FILE itself is never changed.

    The document is written beside it, as `NAME-illustrated`, and its pictures into the folder `NAME-images`.
    """
    target = output or file.with_name(f"{file.stem}-illustrated{file.suffix}")
    if target.resolve() == file.resolve():
        raise click.UsageError("--output is the article itself, which is never overwritten.")
    client = reach.client()
    settings = {name: value for name, value in words.items() if value is not None}
    settings |= {"max_in_article_images": images} if images else {}
    made = client.add_content(asset=client.upload(file).id, settings=settings)
    return _report(_made(client, made), client, target, as_json)


def _made(client: Client, content: Content) -> Content:
    """Make the pictures and wait for them, with a bar for a person at a terminal."""
    from maquette.cli.follow import display  # noqa: PLC0415 - the HTTP client loads when it is used

    with display(False) as shown:
        begun = client.illustrate([content.id])
        client.wait(begun["job"], on_event=shown.show)
    return client.content(content.id)


def _report(content: Content, client: Client, target: Path, as_json: bool) -> int:
    failed = [image for image in content.images if image["status"] != "generated"]
    whole = len(failed) < len(content.images)
    files = _written(client.document(content.id, archive=True), target) if whole else []
    if as_json:
        put_json({**content.raw, "files": [str(path) for path in files]})
    else:
        put(*map(str, files), content.message, f"Cost: {money(content.cost_micro_usd)}")
    for image in failed:
        error: Mapping[str, Any] = image["error"] or {}
        click.secho(f"{image['kind']}: {error.get('detail') or image['status']}", fg="red", err=True)
        click.echo(f"Hint: {error.get('hint') or 'Generate it again.'}", err=True)
    return FAILED if failed else OK


def _written(packed: bytes, target: Path) -> list[Path]:
    """Write the document to its place and its pictures beside it; the names are those that the document has."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        first, *rest = archive.namelist()
        for name in rest:
            place = target.parent / PurePosixPath(name).parent.name / PurePosixPath(name).name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(archive.read(name))
        target.write_bytes(archive.read(first))
    folders = {target.parent / PurePosixPath(name).parent.name for name in rest}
    return [target, *sorted(folders)]
