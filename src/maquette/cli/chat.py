"""Conversations on the command line: talk, read, import, and make media from what was said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maquette.cli import document as documents
from maquette.cli.outcome import OK, job_code
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, put, put_json, put_table

if TYPE_CHECKING:
    from maquette.client import Event, Message

NEW = "new"
"""Stands for a conversation that begins now."""
_TALK = click.argument("conversation")
_WITH = click.option("--with", "target", help="An action, a preset or a medium; see `maquette actions`.")
_PARAMS = click.option("--params", default="{}", help="Further parameters, as a JSON object.")


@click.group()
def chat() -> None:
    """Talk in a conversation, and make media from what was said."""


@chat.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@json_flag
@click.pass_obj
def list_conversations(reach: Reach, limit: int, as_json: bool) -> None:
    """List conversations, newest first."""
    found = list(reach.client().conversations(limit=limit))
    if as_json:
        put_json([each.raw for each in found])
        return
    put_table(
        ["conversation", "last said", "title"], [[each.id, moment(each.updated_at), each.title] for each in found]
    )


@chat.command()
@_TALK
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many of the newest messages.")
@json_flag
@click.pass_obj
def show(reach: Reach, conversation: str, limit: int, as_json: bool) -> None:
    """Show what was said, the newest last."""
    found = list(reversed(list(reach.client().messages(conversation, limit=limit))))
    if as_json:
        put_json([each.raw for each in found])
        return
    for message in found:
        _put_message(message)


@chat.command()
@_TALK
@click.argument("text")
@_WITH
@_PARAMS
@click.option("--no-reply", is_flag=True, help="Only keep what is said.")
@json_flag
@click.pass_obj
def say(reach: Reach, /, conversation: str, text: str, **options: Any) -> int:
    """Say something in a conversation (`new` begins one) and print the answer, as it is written where that can be.

    Without `--with`, what makes text here answers; with no key that is a writer that fills templates in, and no
    language model.
    """
    client, given, as_json = reach.client(), documents.of_text(options["params"], "--params"), options["as_json"]
    talk = client.create_conversation().id if conversation == NEW else conversation
    shown = _Written(quiet=as_json)
    if options["no_reply"]:
        return _report(client.say(talk, text, reply=None), shown, as_json)
    answer = client.say(talk, text, reply=options["target"] or "text", on_event=shown, params=given)
    return _report(answer, shown, as_json)


@chat.command()
@_TALK
@click.argument("prompt", required=False)
@_WITH
@_PARAMS
@click.option("--template", help="The id or the name of a template; the conversation fills its variables.")
@json_flag
@click.pass_obj
def make(reach: Reach, /, conversation: str, prompt: str | None, **options: Any) -> int:
    """Make an image, or what `--with` names, from a conversation; without a prompt, by its last message."""
    given = documents.of_text(options["params"], "--params") | ({"prompt": prompt} if prompt else {})
    words: dict[str, Any] = {"template": {"name": options["template"]}} if options["template"] else {}
    client = reach.client()
    made = client.generate_from_conversation(conversation, given, action=options["target"] or "image", **words)
    return _report(made, _Written(quiet=True), options["as_json"])


@chat.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
@click.pass_obj
def bring(reach: Reach, path: Path, as_json: bool) -> None:
    """Import the export of another program: a list of messages in JSON, or its conversations.json."""
    made = reach.client().import_conversations(documents.of_file(path, None))
    if as_json:
        put_json([each.raw for each in made])
        return
    put(*(f"{each.id}  {each.title}" for each in made))


@chat.command()
@_TALK
@click.option("--sentences", type=click.IntRange(1, 20), default=3, show_default=True, help="Most sentences.")
@_WITH
@click.pass_obj
def summary(reach: Reach, conversation: str, sentences: int, target: str | None) -> None:
    """Print a summary in the conversation's own sentences, or by what `--with` names."""
    put(reach.client().summarise_conversation(conversation, sentences=sentences, reply=target))


@chat.command()
@_TALK
@click.pass_obj
def remove(reach: Reach, conversation: str) -> None:
    """Remove a conversation; what was made in it stays."""
    reach.client().delete_conversation(conversation)


class _Written:
    """Prints a text while it is written."""

    def __init__(self, *, quiet: bool) -> None:
        self.length = 0
        self._quiet = quiet

    def __call__(self, event: Event) -> None:
        text = event.data.get("text")
        if not self._quiet and isinstance(text, str) and len(text) > self.length:
            click.echo(text[self.length :], nl=False)
            self.length = len(text)


def _report(message: Message, shown: _Written, as_json: bool) -> int:
    if as_json:
        put_json(message.raw)
    else:
        rest = message.text[shown.length :]
        click.echo(rest if rest or shown.length else "", nl=bool(rest or shown.length))
        _put_made(message)
        click.echo(f"Conversation: {message.conversation}", err=True)
    return job_code(message.job) if message.job else OK


def _put_message(message: Message) -> None:
    put(f"{message.role}: {message.text}" if message.text else "")
    _put_made(message)


def _put_made(message: Message) -> None:
    job = message.job
    if job is None:
        return
    put(*(f"{asset.id}  {asset.media}  {asset.name}" for asset in job.assets if asset.media != "text"))
    if (failure := job.failure()) is not None:
        click.secho(f"Job {job.id} {job.state}: {failure.message}", fg="red", err=True)
        click.echo(f"Hint: {failure.advice}", err=True)
    elif job.state != "succeeded":
        put(f"Job {job.id} is {job.state}")
