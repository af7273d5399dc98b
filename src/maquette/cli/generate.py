"""`maquette generate ACTION`: the flags are those of the action's schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from maquette.cli.catalog import remember, remembered
from maquette.cli.flag import Flag, assets_in, common_schema, flags_of, params_of
from maquette.cli.reach import Reach
from maquette.cli.template import values_of
from maquette.core.errors import NotFound

if TYPE_CHECKING:
    from maquette.client import Client

MEDIA = ("image", "video", "audio", "text", "document")


class ActionGroup(click.Group):
    """A group whose commands are the actions of the catalog, one for each media type, and the presets."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*MEDIA, *sorted(_catalog(ctx))]

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        reach: Reach = ctx.find_object(Reach) or Reach()
        if cmd_name in MEDIA:
            catalog = _catalog(ctx).values()
            schemas = [row["schema"] for row in catalog if row.get("produces") == cmd_name]
            title = f"Make {'an' if cmd_name[0] in 'aeiou' else 'a'} {cmd_name} by the default provider."
            return _command(cmd_name, title, common_schema([s for s in schemas if _from_prompt(s)]))
        if ctx.resilient_parsing:
            row = remembered(reach.home).get(cmd_name)
            return _command(cmd_name, "", row["schema"]) if row else None
        if "." not in cmd_name and (command := _of_preset(reach, ctx, cmd_name)) is not None:
            return command
        action = reach.client().action(cmd_name)
        return _command(cmd_name, f"{action.title}.\n\n{action.summary}", action.schema)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, f"the default provider of {name}") for name in MEDIA]
        rows += [(name, str(row.get("title", ""))) for name, row in sorted(_catalog(ctx).items())]
        with formatter.section("Actions"):
            formatter.write_dl(rows)


def _catalog(ctx: click.Context) -> Mapping[str, Mapping[str, Any]]:
    """Return the catalog of the running server, else the one kept in the home folder, else that of a server of ours."""
    reach: Reach = ctx.find_object(Reach) or Reach()
    kept = remembered(reach.home)
    if ctx.resilient_parsing:
        return kept
    from maquette.client import ServerUnreachable  # noqa: PLC0415 - completion needs no client

    try:
        client = reach.running()
    except ServerUnreachable:
        if kept and not reach.named:
            return kept
        client = reach.client()
    actions = client.actions()
    remember(reach.home, actions)
    return {action.name: action.raw for action in actions}


def _of_preset(reach: Reach, ctx: click.Context, name: str) -> click.Command | None:
    """Return the command of a preset, with the words of all its candidates; None if there is none of that name."""
    try:
        preset = reach.client().preset(name)
    except NotFound:
        return None
    catalog = _catalog(ctx)
    names = [str(each["action"]) for each in preset.candidates][: 1 if preset.strategy == "sequential" else None]
    schemas = [catalog[each]["schema"] for each in names if each in catalog]
    return _command(name, f"{preset.title}.\n\n{preset.description}", common_schema(schemas))


def _from_prompt(schema: Mapping[str, Any]) -> bool:
    """Tell whether a prompt is enough for an action."""
    return set(schema.get("required", ())) == {"prompt"}


def _command(name: str, help_text: str, schema: Mapping[str, Any]) -> click.Command:
    flags = flags_of(schema)

    def callback(**values: Any) -> int:
        context = click.get_current_context()
        reach: Reach = context.find_object(Reach) or Reach()
        return _generate(reach, name, flags, values)

    argument = [click.Argument(["prompt_text"], required=False, metavar="[PROMPT]")]
    takes_prompt = any(flag.field == "prompt" for flag in flags)
    options = [flag.option() for flag in flags]
    return click.Command(
        name, params=[*(argument if takes_prompt else []), *options, *_own()], callback=callback, help=help_text
    )


def _own() -> list[click.Parameter]:
    return [
        click.Option(["--account"], help="Id or name of the account to use."),
        click.Option(["--template", "template_name"], help="Take the prompt from this template."),
        click.Option(
            ["--value", "template_values"], multiple=True, metavar="NAME=TEXT", help="A variable of the template."
        ),
        click.Option(
            ["--output", "-o"], type=click.Path(path_type=Path), help="Write the results there: a file or a folder."
        ),
        click.Option(["--wait/--no-wait"], default=True, help="Wait for the job, or print its id at once."),
        click.Option(["--strict"], is_flag=True, help="Refuse a parameter that would have to be changed or dropped."),
        click.Option(["--preview/--no-preview"], default=True, help="Show pictures in terminals that can."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON; errors too, on stderr."),
    ]


@click.command(cls=ActionGroup)
def generate() -> None:
    """Make something; the flags are those of the action, or of the candidates of a preset.

    For example `maquette generate image "a red disc" --output disc.png`, or with an action of the list below
    `maquette generate media.painter.txt2img --prompt "a red disc" --width 512`.
    """


def _generate(reach: Reach, name: str, flags: Sequence[Flag], values: Mapping[str, Any]) -> int:
    from maquette.cli.follow import Wish, follow  # noqa: PLC0415 - the HTTP client loads when it is used

    given = params_of(flags, values, values.get("prompt_text"))
    template = _template(values)
    brought = {"prompt"} if template else set[str]()
    missing = [flag.word for flag in flags if flag.required and flag.field not in given.keys() | brought]
    if missing:
        raise click.UsageError(f"Missing option '--{missing[0]}'.")
    client = reach.client()
    wish = Wish(
        action=name,
        params=_uploaded(client, flags, given),
        account=values["account"],
        strict=values["strict"],
        output=values["output"],
        wait=values["wait"],
        preview=values["preview"],
        as_json=values["as_json"],
        template=template,
    )
    return follow(client, wish, temporary=reach.temporary)


def _template(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the template that gives the prompt, with the values of its variables."""
    if values["template_name"] is None:
        if values["template_values"]:
            raise click.UsageError("'--value' goes with '--template'.")
        return None
    return {"name": values["template_name"], "values": values_of(values["template_values"])}


def _uploaded(client: Client, flags: Sequence[Flag], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with files in place of asset ids uploaded."""
    ids: dict[str, str] = {}
    for field, text in assets_in(flags, params):
        if text.startswith("asset_") and not Path(text).exists():
            ids[text] = text
        elif text not in ids:
            if not Path(text).is_file():
                raise click.UsageError(f"'{field}': {text!r} is neither the id of an asset nor a file.")
            ids[text] = client.upload(text).id
    fields = {flag.field for flag in flags if flag.takes_asset}
    return {
        name: ([ids[one] for one in value] if isinstance(value, list) else ids[value]) if name in fields else value
        for name, value in params.items()
    }
