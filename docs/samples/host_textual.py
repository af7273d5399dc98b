"""A host in a terminal: a chat, and a panel that is drawn from the schema of any action. Beside Maquette: textual."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from textual import on, work
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label, ProgressBar, RichLog, Select, Static, Switch

from maquette import AsyncClient, Event, Job, MaquetteError

KINDS = {"integer": "integer", "number": "number", "string": "text"}
NUMBERS = {"integer": int, "number": float}
Control = Input | Select[str] | Switch


class Requested(Message):
    """A request was handed in."""


class Progressed(Message):
    """A job went on."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Completed(Message):
    """A job has ended, well or badly."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Cancelled(Message):
    """A job was stopped by its person."""


def fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, Control]]:
    """Yield a control for each parameter that is a single value; the rest keeps its defaults."""
    for name, own in schema["properties"].items():
        default, kind = own.get("default"), own.get("type")
        if "enum" in own:
            yield name, Select([(str(each), each) for each in own["enum"]], value=default or own["enum"][0], id=name)
        elif kind == "boolean":
            yield name, Switch(bool(default), id=name)
        elif kind in KINDS and own.get("x-widget") not in ("asset", "mask"):
            yield name, Input(str(own.get("default", "")), id=name, type=KINDS[kind])


class Panel(VerticalScroll):
    """A form of one action, its buttons, and how far its job is."""

    def __init__(self, client: AsyncClient, schema: Mapping[str, Any], action: str, conversation: str) -> None:
        super().__init__(id="panel")
        self.client, self.schema, self.action, self.conversation = client, schema, action, conversation
        self.job, self.controls = "", dict(fields(schema))

    def compose(self) -> ComposeResult:
        """Draw the form."""
        for name, control in self.controls.items():
            yield Label(self.schema["properties"][name].get("title", name))
            yield control
        yield from (Button(label, id=label.split()[0].lower()) for label in ("Use last", "Generate", "Cancel"))
        yield from (ProgressBar(total=1.0, show_eta=False), Static(id="status"))

    @on(Button.Pressed, "#use")
    async def use_last(self) -> None:
        """Take the last message as the prompt."""
        context = await self.client.conversation_context(self.conversation)
        self.query_one("#prompt", Input).value = str(context.get("last_message", ""))

    @on(Button.Pressed, "#cancel")
    async def cancel(self) -> None:
        """Ask for the job to be stopped."""
        if self.job:
            await self.client.cancel(self.job)

    @on(Button.Pressed, "#generate")
    @work(exclusive=True)
    async def generate(self, event: Button.Pressed) -> None:
        """Hand the request in, follow it, and tell the host."""
        given = {
            name: NUMBERS.get(getattr(control, "type", ""), lambda it: it)(control.value)
            for name, control in self.controls.items()
            if control.value not in ("", None)
        }
        event.button.disabled = True
        self.post_message(Requested())
        ask = self.client.generate_from_conversation
        try:
            job = (await ask(self.conversation, given, action=self.action, on_event=self.follow)).job
            self.post_message(Cancelled() if job is None or job.state == "cancelled" else Completed(job))
        except MaquetteError as error:
            self.query_one("#status", Static).update(f"{error.message} {error.advice}")
        event.button.disabled = False

    def follow(self, event: Event) -> None:
        """Show one event of the job."""
        self.job = event.job or self.job
        self.query_one(ProgressBar).update(progress=event.data.get("fraction") or 0)
        self.query_one("#status", Static).update(event.data.get("phase") or event.type)
        self.post_message(Progressed(event))


class Host(App[None]):
    """The host: a log, a line to talk, and the panel."""

    def __init__(self, client: AsyncClient, action: str) -> None:
        super().__init__()
        self.client, self.action, self.conversation = client, action, ""

    def compose(self) -> ComposeResult:
        """Draw the chat; the panel follows once its schema is read."""
        with Horizontal(id="all"), Vertical():
            yield RichLog(id="log", wrap=True)
            yield Input(placeholder="Say something", id="say")

    async def on_mount(self) -> None:
        """Begin a conversation and read what the panel is drawn from."""
        self.conversation = (await self.client.create_conversation()).id
        action = await self.client.action(self.action)
        await self.query_one("#all").mount(Panel(self.client, action.schema, self.action, self.conversation))

    @on(Input.Submitted, "#say")
    async def say(self, event: Input.Submitted) -> None:
        """Keep what was said."""
        await self.client.say(self.conversation, event.value, reply=None)
        self.query_one(RichLog).write(f"You: {event.value}")
        event.input.clear()

    @on(Requested)
    @on(Cancelled)
    @on(Completed)
    def note(self, message: Message) -> None:
        """Note what the panel tells."""
        made = message.job.assets if isinstance(message, Completed) else ()
        self.query_one(RichLog).write(" ".join([type(message).__name__.lower(), *(asset.id for asset in made)]))


if __name__ == "__main__":
    Host(AsyncClient(), sys.argv[1] if len(sys.argv) > 1 else "media.painter.txt2img").run()
