"""Templates on the command line: look at them, fill them in, keep documents, hand packs on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from maquette.cli import document as documents
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json, put_table

_TEMPLATE = click.argument("template")
VALUE = click.option("--value", "-v", "given", multiple=True, metavar="NAME=TEXT", help="The value of a variable.")


@click.group()
def templates() -> None:
    """List, fill in, add, reset and hand on templates; `maquette generate ACTION --template NAME` uses one."""


@templates.command("list")
@json_flag
@click.pass_obj
def list_templates(reach: Reach, as_json: bool) -> None:
    """List every template."""
    found = reach.client().templates()
    if as_json:
        put_json([each.raw for each in found])
        return
    rows = [[each.name, each.category, each.subcategory, _origin(each.raw), each.title] for each in found]
    put_table(["template", "category", "kind", "from", "title"], rows)


@templates.command("show")
@_TEMPLATE
@json_flag
@click.pass_obj
def show_template(reach: Reach, template: str, as_json: bool) -> None:
    """Show one template and its variables."""
    found = reach.client().template(template)
    if as_json:
        put_json(found.raw)
        return
    put(f"{found.name}: {found.title} (version {found.version}, {_origin(found.raw)})", found.description, "")
    put(found.base_prompt)
    if found.negative_prompt:
        put(f"Keeps out: {found.negative_prompt}")
    fields: Mapping[str, Mapping[str, Any]] = found.fields["properties"]
    needed = found.fields.get("required", ())
    rows = [
        [name, "yes" if name in needed else "", str(spec.get("default", "")), found.values.get(name, "")]
        for name, spec in fields.items()
    ]
    put_table(["variable", "needed", "default", "example"], rows)


@templates.command()
@_TEMPLATE
@VALUE
@click.option("--style", help="A style in place of the template's; an empty one is none.")
@click.option("--seed", type=click.IntRange(0), help="By which a varied prompt is drawn.")
@json_flag
@click.pass_obj
def render(
    reach: Reach, template: str, given: Sequence[str], style: str | None, seed: int | None, as_json: bool
) -> None:
    """Fill a template in and print the prompt; nothing is run."""
    made = reach.client().render_template(template, values_of(given), style=style, seed=seed)
    if as_json:
        put_json(made.raw)
        return
    put(made.prompt)
    if made.negative_prompt:
        put(f"Keeps out: {made.negative_prompt}")


@templates.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
@click.pass_obj
def add(reach: Reach, path: Path, as_json: bool) -> None:
    """Keep a document in JSON as a template, or as a further version of the one of that name."""
    document = documents.of_file(path)
    client = reach.client()
    own = {each.name: each.id for each in client.templates() if each.origin == "user"}
    made = client.save_template(document, template=own.get(str(document.get("name"))))
    if as_json:
        put_json(made.raw)
        return
    put(f"{made.name} version {made.version}  {made.id}", f"Use it: maquette generate image --template {made.name}")


@templates.command()
@_TEMPLATE
@click.pass_obj
def reset(reach: Reach, template: str) -> None:
    """Take back what the workspace changed of a template that came with the installation."""
    put(f"{reach.client().reset_template(template).name} is as it came with the installation.")


@templates.command()
@_TEMPLATE
@click.pass_obj
def remove(reach: Reach, template: str) -> None:
    """Remove a template of the workspace; a shipped one of its name comes back."""
    reach.client().delete_template(template)


@templates.command()
@click.argument("names", nargs=-1)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the pack there, in place of the screen.")
@click.pass_obj
def export(reach: Reach, names: Sequence[str], output: Path | None) -> None:
    """Write a pack of the named templates, or of all that the workspace wrote."""
    pack = reach.client().export_templates(names)
    if output is None:
        put_json(pack)
        return
    output.write_text(json.dumps(pack, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    put(f"{len(pack['templates'])} templates in {output}")


@templates.command("import")
@click.argument("source")
@json_flag
@click.pass_obj
def import_pack(reach: Reach, source: str, as_json: bool) -> None:
    """Take a pack over, from a file or from a public address; all of it or nothing."""
    pack: Mapping[str, Any] | str = source
    if not source.startswith(("http://", "https://")):
        if not Path(source).is_file():
            raise click.UsageError(f"{source!r} is neither a file nor an address.")
        pack = Path(source).read_text(encoding="utf-8")
    made = reach.client().import_templates(pack)
    if as_json:
        put_json(made)
        return
    for what in ("created", "updated", "unchanged"):
        if made[what]:
            put(f"{what.capitalize()}: {', '.join(made[what])}")


def values_of(given: Sequence[str]) -> dict[str, str]:
    """Read `NAME=TEXT` words; raises a usage error for one without `=`."""
    found = dict[str, str]()
    for word in given:
        name, sign, text = word.partition("=")
        if not sign or not name:
            raise click.UsageError(f"'--value' is NAME=TEXT, not {word!r}.")
        found[name.strip()] = text
    return found


def _origin(raw: Mapping[str, Any]) -> str:
    return "changed here" if raw.get("resets") else "this workspace" if raw.get("origin") == "user" else "installation"
